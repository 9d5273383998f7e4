package restore

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"calm/ops"
)

// stateFile says how far a restore came.
const stateFile = "state.json"

// Phases of a restore, in their order. Up to Beside nothing that is in use has been touched.
const (
	phaseDump   = "fresh dump"
	phaseDryRun = "dry run"
	phaseBeside = "restore beside"
	phaseSwap   = "swap"
	phaseDone   = "done"
)

// state is what is on disk before the step that it tells of is done.
type state struct {
	Phase  string `json:"phase"`
	Dumped bool   `json:"dumped"` // the fresh dump is whole, counted and on disk
	Swaps  []swap `json:"swaps"`
}

// swap is one collection on its way. A rename keeps the UUID of what is renamed, so that it can always
// be told which of the two is in place.
type swap struct {
	Database  string `json:"database"`
	Name      string `json:"name"`
	Beside    string `json:"beside"`
	UUID      string `json:"uuid"` // of the copy beside
	Documents int64  `json:"documents"`
	Fades     bool   `json:"fades,omitempty"` // it has a TTL index: the server deletes of it by itself
}

func (s swap) ns() string { return s.Database + "." + s.Name }

func (s state) save(dir string) error {
	b, err := json.Marshal(s)
	if err != nil {
		return ops.Wrap(op, err)
	}
	f, err := os.CreateTemp(dir, ".state-*")
	if err != nil {
		return ops.Wrap(op, err)
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, stateFile))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return ops.Wrap("write "+filepath.Join(dir, stateFile), err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return ops.Wrap("sync "+dir, err)
	}
	return ops.Wrap("sync "+dir, errors.Join(d.Sync(), d.Close()))
}

// loadState reads how far a restore came; ok is false where it never began.
func loadState(dir string) (s state, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	return s, err == nil, ops.Wrap("read "+filepath.Join(dir, stateFile), err)
}
