// Package restore puts collections of a MongoDB database back to a dump so that the database is never
// half restored by chance: a fresh dump first, the restore beside the collections in use, everything
// counted, and only then each collection swapped at once. It owns the order of these phases, what is
// kept on disk about them, and how it is found out afterwards how far one came.
//
// It decides nothing about whether to restore, and never drops a collection but by putting another one,
// which it has counted, into its place.
package restore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"calm/model/signal"
	"calm/ops"
	"calm/ops/mongo"
)

const op = "restore"

// Change is what is to be restored, and from where. It is the Detail of a plan of kind action.Restore,
// and holds no secret.
type Change struct {
	Folder    string     `json:"folder"` // its own: the fresh dump, and how far it came. It is made by the run
	Address   Address    `json:"address"`
	Databases []Database `json:"databases"`
	Gzip      bool       `json:"gzip"`
	Flags     []string   `json:"flags"` // of the written command, for mongorestore
	Dump      string     `json:"mongodump"`
	Restore   string     `json:"mongorestore"`
}

// Database is one database of a dump.
type Database struct {
	Name        string       `json:"name"`
	Folder      string       `json:"folder"` // that holds its files
	Collections []Collection `json:"collections"`
}

// Address says where the address of the server is to be found: in a variable, in a configuration file
// of MongoDB's tools, or here, where it holds no secret.
type Address struct {
	Variable string `json:"variable,omitempty"`
	File     string `json:"file,omitempty"`
	Plain    string `json:"plain,omitempty"`
}

// Resolve gives the address itself.
func (a Address) Resolve(getenv func(string) string) (string, error) {
	switch {
	case a.Plain != "":
		return a.Plain, nil
	case a.Variable != "":
		if uri := getenv(a.Variable); uri != "" {
			return uri, nil
		}
		return "", ops.Errorf(ops.Invalid, op, "$%s is not set", a.Variable)
	}
	b, err := os.ReadFile(a.File)
	if err != nil {
		return "", ops.Wrap("read "+a.File, err)
	}
	var file struct {
		URI      string `yaml:"uri"`
		Password string `yaml:"password"`
	}
	// The parser's own message may quote the password.
	if err := yaml.Unmarshal(b, &file); err != nil || file.URI == "" {
		return "", ops.Errorf(ops.Invalid, "read "+a.File, "it has no uri: line, which MongoDB's tools and calm take the address from")
	}
	if file.Password != "" {
		return "", ops.Errorf(ops.Invalid, "read "+a.File, "it gives the password apart from the address; put it into uri:")
	}
	return file.URI, nil
}

// DatabaseOf is the database that an address names; empty for none.
func DatabaseOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	_, db, _ := strings.Cut(rest[strings.LastIndexByte(rest, '@')+1:], "/")
	return db
}

// Read lists what a folder of mongodump holds: a folder for each database, or the files of one, which
// then is db, or is called as its folder. The error has the code Unreachable where there is no dump.
func Read(dir, db string) ([]Database, error) {
	own, err := readFolder(dir)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, ops.Errorf(ops.Unreachable, op, "%s", Missing(dir))
		}
		return nil, ops.Wrap("read "+dir, err)
	}
	if len(own) > 0 {
		if db == "" {
			db = filepath.Base(dir)
		}
		return []Database{{Name: db, Folder: dir, Collections: own}}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, ops.Wrap("read "+dir, err)
	}
	var out []Database
	for _, e := range entries {
		folder := filepath.Join(dir, e.Name())
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			continue
		}
		list, err := readFolder(folder)
		if err != nil {
			return nil, ops.Wrap("read "+folder, err)
		}
		if len(list) > 0 {
			out = append(out, Database{Name: e.Name(), Folder: folder, Collections: list})
		}
	}
	if len(out) == 0 {
		return nil, ops.Errorf(ops.Unreachable, op, "%s", Missing(dir))
	}
	return out, nil
}

// Written is when the newest of what is to be restored was written.
func (c Change) Written() time.Time {
	var at time.Time
	for _, d := range c.Databases {
		if w := written(d.Collections); w.After(at) {
			at = w
		}
	}
	return at
}

// each goes through what is swapped, views left out.
func (c Change) each(do func(d Database, k Collection)) {
	for _, d := range c.Databases {
		for _, k := range d.Collections {
			if k.Type == "collection" {
				do(d, k)
			}
		}
	}
}

// Names are the databases, for a person.
func (c Change) Names() []string {
	var all []string
	for _, d := range c.Databases {
		all = append(all, d.Name)
	}
	return all
}

// Fresh is the folder of the fresh dump: below it there is one for each database.
func (c Change) Fresh() string { return filepath.Join(c.Folder, "dump") }

// Sight is what the server has, as it was looked at for a plan.
type Sight struct {
	Left []string // collections beside others that an earlier restore has left: "aurora.calm_restore_…"
	Size mongo.Size
	Free int64 // where the fresh dump goes, in bytes
}

// deadline is how long one question to the server may take.
const deadline = 20 * time.Second

// Look asks the server what is there of the collections, and fills their Before in.
func (c *Change) Look(ctx context.Context, uri string) (Sight, error) {
	db := mongo.New(mongo.Options{URI: uri})
	defer db.Close(context.WithoutCancel(ctx))
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	s := Sight{}
	if err := db.Writable(ctx); err != nil {
		return s, err
	}
	for i := range c.Databases {
		if err := c.Databases[i].look(ctx, db, &s); err != nil {
			return s, err
		}
	}
	var err error
	s.Free, err = room(c.Folder)
	return s, err
}

func (d *Database) look(ctx context.Context, db *mongo.Client, s *Sight) error {
	has, err := db.Size(ctx, d.Name)
	if err != nil {
		return err
	}
	s.Size.Data += has.Data
	s.Size.Stored += has.Stored
	s.Size.Documents += has.Documents
	s.Size.Room = has.Room
	there, err := db.Namespaces(ctx, d.Name)
	if err != nil {
		return err
	}
	for _, n := range there {
		if strings.HasPrefix(n.Name, besidePrefix) {
			s.Left = append(s.Left, d.Name+"."+n.Name)
		}
	}
	for i := range d.Collections {
		k := &d.Collections[i]
		at := slices.IndexFunc(there, func(n mongo.Namespace) bool { return n.Name == k.Name })
		if at < 0 {
			continue
		}
		if there[at].Type != k.Type {
			return ops.Errorf(ops.Conflict, op, "%s.%s is a %s here and a %s in the dump: calm swaps only like for like", d.Name, k.Name, there[at].Type, k.Type)
		}
		if k.Type != "collection" {
			continue
		}
		if k.Before, err = db.Count(ctx, d.Name, k.Name); err != nil {
			return err
		}
	}
	return nil
}

// spare is what a dump may take beyond the documents themselves, in bytes: indexes' descriptions, and
// what is written to the database meanwhile.
const spare = 32 << 20

// Need is the room that the fresh dump takes at most, in bytes.
func (s Sight) Need() int64 { return s.Size.Data + s.Size.Data/20 + spare }

// Fits refuses a restore for which there is no room: for the fresh dump, or for the copy beside on the
// server's own disk.
func (c Change) Fits(s Sight) error {
	if s.Need() > s.Free {
		return ops.Errorf(ops.Failed, op, "the fresh dump needs up to %s and %s has %s free: make room, or name another folder under mongo.dumps in calm.yaml", size(s.Need()), nearest(c.Folder), size(s.Free))
	}
	if beside := c.beside(s); s.Size.Room >= 0 && beside > s.Size.Room {
		return ops.Errorf(ops.Failed, op, "the copy beside needs about %s and mongod's disk has %s free: make room there", size(beside), size(s.Size.Room))
	}
	return nil
}

// beside is about what the restored collections take on the server's disk, by how tight it packs what
// it has now.
func (c Change) beside(s Sight) int64 {
	var raw int64
	c.each(func(_ Database, k Collection) { raw += k.Bytes })
	if s.Size.Data < 1<<20 {
		return raw * 3 / 2
	}
	return int64(float64(raw) * float64(s.Size.Stored) / float64(s.Size.Data) * 1.1)
}

func size(n int64) string { return signal.FormatValue(signal.Bytes, float64(n)) }

func number(n int64) string { return signal.FormatValue(signal.Count, float64(n)) }

// Unfit says why a dump can't be restored beside, for an action's Op; empty for no reason.
func (c Change) Unfit(id string) string {
	for _, d := range c.Databases {
		if strings.ContainsAny(d.Name, `/\. "$*`) {
			return "the database " + d.Name + " has a name that mongorestore can't be told"
		}
		for _, k := range d.Collections {
			if len(d.Name)+1+len(Beside(id, k.Name)) > longestNamespace {
				return k.Name + " has too long a name to have another one beside it"
			}
		}
	}
	return ""
}

// longestNamespace is what MongoDB takes, in bytes, since 4.4.
const longestNamespace = 255

// Zipped says whether the files of a dump are compressed; some of them is Invalid.
func (c Change) Zipped() (bool, error) {
	zipped, plain := 0, 0
	c.each(func(d Database, k Collection) {
		if exists(filepath.Join(d.Folder, k.File+".bson")) {
			plain++
		} else {
			zipped++
		}
	})
	if zipped > 0 && plain > 0 {
		return false, ops.Errorf(ops.Invalid, op, "some files of the dump are compressed and some are not: mongorestore takes one kind at a time")
	}
	return zipped > 0, nil
}
