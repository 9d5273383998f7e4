package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
)

// spareFile becomes exitFile. It has its size from the beginning.
const spareFile = "exit.next"

// outcomeSize is what is kept free for an outcome, in bytes. One has a line of text and a bounded list of
// survivors.
const outcomeSize = 8 << 10

// spareFiles is how many descriptors the end of an action needs at once: a folder of /proc and a file
// in it, and one more.
const spareFiles = 3

// reserve is what the end of an action needs, taken before it begins. On a host that runs out of space,
// of inodes or of descriptors while a command runs, its outcome comes to disk all the same.
type reserve struct {
	dir    string
	folder *os.File
	exit   *os.File
	spare  []*os.File
}

func newReserve(dir string) (r *reserve, err error) {
	r = &reserve{dir: dir}
	if r.folder, err = os.Open(dir); err != nil {
		return r, err
	}
	if r.exit, err = os.OpenFile(filepath.Join(dir, spareFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return r, err
	}
	// Written, not only made longer: a hole has no space of its own.
	if _, err := r.exit.Write(bytes.Repeat([]byte{'\n'}, outcomeSize)); err != nil {
		return r, err
	}
	for range spareFiles {
		f, err := os.Open(os.DevNull)
		if err != nil {
			return r, err
		}
		r.spare = append(r.spare, f)
	}
	return r, r.exit.Sync()
}

// discard gives all of it back.
func (r *reserve) discard() {
	r.release()
	if r.exit != nil {
		_, _ = r.exit.Close(), os.Remove(filepath.Join(r.dir, spareFile))
	}
	if r.folder != nil {
		_ = r.folder.Close()
	}
}

// release lets the descriptors go, for what the end of an action opens.
func (r *reserve) release() {
	closeAll(r.spare)
	r.spare = nil
}

// record writes the outcome in its place. When somebody has removed the folder it is made again, with
// what tells what ran.
func (r *reserve) record(e Exit, in intent) error {
	defer closeAll([]*os.File{r.exit, r.folder})
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if len(b) >= outcomeSize {
		return replace(filepath.Join(r.dir, exitFile), e)
	}
	_, err = r.exit.WriteAt(append(b, '\n'), 0)
	if err == nil {
		err = errors.Join(r.exit.Truncate(int64(len(b)+1)), r.exit.Sync())
	}
	if err == nil {
		err = os.Rename(filepath.Join(r.dir, spareFile), filepath.Join(r.dir, exitFile))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return r.again(e, in)
	}
	return errors.Join(err, r.folder.Sync())
}

func (r *reserve) again(e Exit, in intent) error {
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	return errors.Join(replace(filepath.Join(r.dir, intentFile), in), replace(filepath.Join(r.dir, exitFile), e))
}

// How many processors a supervisor uses, and how many threads it has from the beginning: more than it
// ever blocks at once.
const (
	processors = 2
	threadsHad = 8
)

// reserveThreads makes all the threads that this process will need. Where no more can be had, the runtime
// ends the process: better before the command than while it runs.
func reserveThreads() {
	runtime.GOMAXPROCS(processors)
	var up, down sync.WaitGroup
	release := make(chan struct{})
	for range threadsHad {
		up.Add(1)
		down.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			up.Done()
			<-release
		})
	}
	up.Wait()
	close(release)
	down.Wait()
}

// namedMost bounds how many processes are named one by one.
const namedMost = 20

// few is a list of processes as an outcome keeps it.
func few(names []string) []string {
	if len(names) > namedMost {
		return append(slices.Clone(names[:namedMost]), "and others")
	}
	return names
}
