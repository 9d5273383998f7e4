// Package journal keeps incidents on disk: each one a folder with its journal, the runbook as it
// was read, the outputs of its actions and drafts. It owns the format, its promises (an event that
// was returned is on disk; numbers have no gaps; damage is found and said, never mended in silence)
// and the recovery after a crash: RELIABILITY.md, section 4.
//
// It does not know what the events mean, but for the few that it writes itself, and it never
// deletes or rewrites what was acknowledged.
package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"calm/model/incident"
	"calm/model/pattern"
	"calm/ops"
	"calm/ops/secret"
)

// The parts of the state folder, and of an incident's.
const (
	incidentsDir = "incidents"
	journalDir   = "journal"
	outputsDir   = "outputs"
	draftsDir    = "drafts"
	consolesDir  = "consoles"
	runbookFile  = "runbook.md"
	lockName     = "lock"
)

// Dir is the state folder.
type Dir struct {
	// Hide is what no record may hold; nil is nothing. It is set before an incident is opened.
	Hide *secret.Redactor
	// Bring moves the folder of an action, that the incident's had no room for, into the incident's
	// folder of actions; an error leaves it where it is for now. Nil leaves all.
	Bring func(from, to string) error

	path   string
	sizes  []int64
	now    func() moment
	places []string // that may hold spools
	syslog string   // socket
}

// Open opens the state folder, and makes it, for its owner only, when it is not there. It fails
// when nothing can be written there: an incident must not be declared into the void.
func Open(state string) (*Dir, error) {
	d := Look(state)
	op := "open state folder " + state
	if state == "" {
		return nil, ops.Errorf(ops.Invalid, "open state folder", "no folder named; use --state DIR or CALM_STATE")
	}
	if err := os.MkdirAll(d.incidents(), 0o700); err != nil {
		return nil, unwritable(op, err)
	}
	probe, err := os.CreateTemp(d.incidents(), ".writable-*")
	if err != nil {
		return nil, unwritable(op, err)
	}
	return d, errors.Join(os.Remove(probe.Name()), probe.Close())
}

// Look opens a state folder to read what is in it. Nothing is made or written.
func Look(state string) *Dir {
	return &Dir{path: state, sizes: segmentSizes, now: clocks, places: places(), syslog: sysLogSocket}
}

func unwritable(op string, err error) error {
	why := bare(err).Error()
	switch {
	case errors.Is(err, fs.ErrPermission):
		why = "no permission to write there"
	case errors.Is(err, syscall.EROFS):
		why = "the disk is read-only"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		why = "the disk is full"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		why = "there is a file in the way"
	}
	return &ops.Error{Code: ops.Classify(err), Op: op, Detail: why + "; choose another with --state DIR or CALM_STATE", Err: err}
}

// Path is the state folder.
func (d *Dir) Path() string { return d.path }

func (d *Dir) incidents() string { return filepath.Join(d.path, incidentsDir) }

// folder is an incident's folder, known by its name.
type folder struct {
	number int
	path   string
	title  string // from the name
}

var folderPattern = pattern.New(`^(\d{4,9})-\d{8}(?:-(.*))?$`)

// folders lists the incidents' folders by number.
func (d *Dir) folders() ([]folder, error) {
	entries, err := os.ReadDir(d.incidents())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, ops.Wrap("read "+d.incidents(), bare(err))
	}
	var list []folder
	for _, e := range entries {
		m := folderPattern.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			continue
		}
		list = append(list, folder{number: n, path: filepath.Join(d.incidents(), e.Name()), title: strings.ReplaceAll(m[2], "-", " ")})
	}
	slices.SortFunc(list, func(a, b folder) int {
		return cmp.Or(cmp.Compare(a.number, b.number), strings.Compare(a.path, b.path))
	})
	return list, nil
}

// Entry is an incident in a list. Err says why it could not be read; then the title is from the
// folder's name and the rest is not known.
type Entry struct {
	Number   int
	Title    string
	Level    int
	Declared time.Time // zero when it never was
	Resolved time.Time
	Closed   time.Time
	Events   int
	Path     string
	Err      error
}

// Open says whether the incident was declared and not closed.
func (e Entry) Open() bool { return e.Err == nil && !e.Declared.IsZero() && e.Closed.IsZero() }

// List gives all incidents by number. It looks at what is written, not for damage: Verify does.
func (d *Dir) List() ([]Entry, error) {
	folders, err := d.folders()
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(folders))
	for at, f := range folders {
		entries[at] = d.entry(f)
	}
	return entries, nil
}

func (d *Dir) entry(f folder) Entry {
	e := Entry{Number: f.number, Title: f.title, Path: f.path}
	if e.Err = realFolder(f.path); e.Err != nil {
		return e
	}
	c, err := load(filepath.Join(f.path, journalDir), d.sizes, false)
	if err != nil {
		e.Err = err
		return e
	}
	// What single events lack does not hide the incident.
	i, _ := incident.Fold(c.events)
	e.Title = cmp.Or(i.Title, e.Title)
	e.Level, e.Declared, e.Resolved, e.Closed, e.Events = i.Level, i.DeclaredAt, i.ResolvedAt, i.ClosedAt, len(i.Events)
	return e
}

// Current is the newest incident that was declared and not closed. The error is that of an
// incident which could not be read, when no other is open: it might have been that one.
func (d *Dir) Current() (number int, ok bool, err error) {
	folders, err := d.folders()
	if err != nil {
		return 0, false, err
	}
	for _, f := range slices.Backward(folders) {
		e := d.entry(f)
		if e.Open() {
			return e.Number, true, nil
		}
		err = cmp.Or(err, e.Err)
	}
	return 0, false, err
}

// realFolder refuses an incident that is a link to somewhere else, or its journal.
func realFolder(path string) error {
	for _, p := range []string{path, filepath.Join(path, journalDir)} {
		info, err := os.Lstat(p)
		if err != nil {
			return ops.Wrap("open "+p, bare(err))
		}
		if !info.IsDir() {
			return ops.Errorf(ops.Denied, "open "+p, "it is not a folder, or a link to one, which calm does not follow")
		}
	}
	return nil
}

// Create makes an incident's folder, whole or not at all, with the runbook as it was read. Number 0
// is the next free one. It has no events yet: it counts as declared with the first.
func (d *Dir) Create(number int, title string, runbook []byte) (*Journal, error) {
	op := "create incident"
	lock, err := openLock(filepath.Join(d.incidents(), "."+lockName))
	if err != nil {
		return nil, err
	}
	defer func() { _ = lock.close() }()
	if err := lock.acquire(context.Background(), lockLimit); err != nil {
		return nil, err
	}
	folders, err := d.folders()
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		if f.number == number {
			return nil, ops.Errorf(ops.Conflict, op, "number %d is taken: %s", number, f.path)
		}
	}
	if number == 0 {
		number = 1
		if len(folders) > 0 {
			number = folders[len(folders)-1].number + 1
		}
	}
	path := filepath.Join(d.incidents(), fmt.Sprintf("%04d-%s-%s", number, d.now().at.Format("20060102"), slug(title)))
	if err := d.build(path, runbook); err != nil {
		return nil, unwritable(op, err)
	}
	j, _, err := d.open(number, path)
	if err != nil {
		return nil, err
	}
	j.fresh = true
	return j, nil
}

// build makes the folder under a name that is no incident's, and then gives it its own. What an
// earlier build left when it was ended goes first; the caller holds the lock.
func (d *Dir) build(path string, runbook []byte) error {
	temp := filepath.Join(d.incidents(), ".new")
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	for _, dir := range []string{"", journalDir, outputsDir, draftsDir, consolesDir} {
		if err := os.Mkdir(filepath.Join(temp, dir), 0o700); err != nil {
			return err
		}
	}
	book, err := fillFile(filepath.Join(temp, runbookFile), runbook)
	if err != nil {
		return err
	}
	lock, err := openLock(filepath.Join(temp, journalDir, lockName))
	if err != nil {
		return errors.Join(err, book.Close())
	}
	seg, _, err := createSegment(filepath.Join(temp, journalDir), 1, d.sizes, 0)
	if err != nil {
		return errors.Join(err, book.Close(), lock.close())
	}
	err = errors.Join(book.Close(), lock.close(), seg.Close(), syncDir(temp))
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err == nil {
		err = syncDir(d.incidents())
	}
	return err
}

// maxSlug bounds the part of a folder's name that comes from the title, in bytes.
const maxSlug = 48

var notSlug = pattern.New(`[^a-z0-9]+`)

func slug(title string) string {
	s := notSlug.ReplaceAllString(strings.ToLower(title), "-")
	if len(s) > maxSlug {
		s = s[:maxSlug]
	}
	return cmp.Or(strings.Trim(s, "-"), "incident")
}

// OpenIncident opens an incident and gives its events so far. Damage is no error: what can be read
// is given, and Faults says what is wrong. Where nothing can be written it is opened to read, and
// ReadOnly says why.
func (d *Dir) OpenIncident(number int) (*Journal, []incident.Event, error) {
	folders, err := d.folders()
	if err != nil {
		return nil, nil, err
	}
	var found []folder
	for _, f := range folders {
		if f.number == number {
			found = append(found, f)
		}
	}
	op := fmt.Sprintf("open incident %d", number)
	switch {
	case len(found) == 0:
		return nil, nil, ops.Errorf(ops.Invalid, op, "there is none with that number in %s; calm incident list shows those there are", d.incidents())
	case len(found) > 1:
		return nil, nil, ops.Errorf(ops.Conflict, op, "two folders have that number: %s and %s; move one away", found[0].path, found[1].path)
	}
	return d.open(number, found[0].path)
}

func (d *Dir) open(number int, path string) (*Journal, []incident.Event, error) {
	if err := realFolder(path); err != nil {
		return nil, nil, err
	}
	j := &Journal{dir: path, number: number, sizes: d.sizes, now: d.now, sync: dataSync, hide: d.Hide, places: d.places, syslog: d.syslog, bring: d.Bring}
	lock, err := openLock(filepath.Join(j.folder(), lockName))
	j.lock = lock
	switch {
	case err == nil:
	case denied(err):
		j.readOnly = unwritable("append to "+path, err)
	default:
		return nil, nil, err
	}
	err = j.reread()
	if denied(err) && j.readOnly == nil {
		j.readOnly = unwritable("append to "+path, err)
		err = j.reread()
	}
	if err != nil {
		_ = lock.close()
		return nil, nil, err
	}
	return j, slices.Clone(j.events), nil
}

// denied tells what can still be read from what is damaged.
func denied(err error) bool { return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) }
