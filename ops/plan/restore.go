package plan

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/signal"
)

// collection is one collection of a dump.
type collection struct {
	Database, Name string
	Documents      int64 // -1 when they were not counted: the dump is compressed, or too big to be read now
}

// countLimit bounds how much of a dump is read to count it, in bytes.
const countLimit = 256 << 20

// losses says what a command that destroys takes away, and what must be typed for it.
func (d *draft) losses(ctx context.Context) {
	if d.plan.Check || d.plan.Risk == "changes" {
		return
	}
	d.plan.Target = d.target()
	for _, c := range d.calls {
		if c.Is("mongorestore") {
			d.restore(ctx, c)
		}
	}
}

// target is what a person types before something is destroyed: the most particular name of it.
func (d *draft) target() string {
	for _, t := range d.known.Touches {
		if t.Kind == "mongo" || t.Kind == "pm2" {
			return t.Name
		}
	}
	if d.App != "" {
		return d.App
	}
	own, _ := os.Hostname()
	return own
}

func (d *draft) restore(ctx context.Context, c action.Call) {
	dir, ok := c.Value("--dir")
	if last := c.Words[len(c.Words)-1]; !ok && !strings.HasPrefix(last, "-") && strings.Contains(last, "/") {
		dir, ok = last, true
	}
	if !ok || dir == "" {
		d.plan.Lost = "not known: which dump it restores is not in its text"
		return
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(d.plan.Dir, dir)
	}
	db, _ := c.Value("--db", "-d")
	list, taken, err := readDump(dir, db)
	if err != nil {
		d.plan.Lost = "not known: " + err.Error()
		d.note(missing(dir))
		return
	}
	list = slices.DeleteFunc(list, func(k collection) bool { return !included(c, k) })
	d.note("the dump is of " + taken.UTC().Format("2006-01-02 15:04:05") + " UTC, " + signal.Span(time.Since(taken)) + " old")
	d.named(dir, list)
	d.compareCounts(ctx, c.Has("--drop"), list, taken)
}

// named warns of a URI that names a database, with a dump of several: mongorestore then takes the
// folder for that database's own, skips the folders in it, and exits 0 having restored nothing.
func (d *draft) named(dir string, list []collection) {
	for _, name := range d.plan.EnvNames {
		value, _ := lookup(d.env, name)
		u, err := url.Parse(value)
		if err != nil || u.Scheme != "mongodb" && u.Scheme != "mongodb+srv" {
			continue
		}
		db := strings.Trim(u.Path, "/")
		if _, err := os.Stat(filepath.Join(dir, db)); db == "" || err != nil || len(list) == 0 {
			continue
		}
		d.note(fmt.Sprintf("$%s names the database %s, so this takes %s for its own folder and would restore 0 documents; %s/%s is its folder", name, db, dir, dir, db))
	}
}

// compareCounts holds the dump against the database.
func (d *draft) compareCounts(ctx context.Context, drop bool, list []collection, taken time.Time) {
	var lost, names, databases []string
	for _, k := range list {
		names = append(names, k.Name)
		if !slices.Contains(databases, k.Database) && k.Database != "" {
			databases = append(databases, k.Database)
		}
		lost = append(lost, k.Name+" "+d.counts(ctx, k))
	}
	if len(databases) > 0 {
		d.plan.Target = strings.Join(databases, ",")
		d.plan.Touches = append(d.plan.Touches, "mongod: "+strings.Join(names, ", ")+" of "+d.plan.Target)
	}
	switch {
	case len(list) == 0:
		d.plan.Lost = "nothing: the dump holds no collection that it would restore"
		d.note("it would restore 0 documents")
	case !drop:
		d.plan.Lost = "nothing is dropped; documents that are there already stay as they are"
	default:
		d.plan.Lost = "what was written since " + taken.UTC().Format("15:04:05") + " UTC: " + strings.Join(lost, "; ")
		d.plan.Kept = "every other collection"
	}
}

func (d *draft) counts(ctx context.Context, k collection) string {
	then := "an unknown number"
	if k.Documents >= 0 {
		then = number(k.Documents)
	}
	if d.Mongo == nil || k.Database == "" {
		return then + " in the dump"
	}
	now, err := d.Mongo.Count(ctx, k.Database, k.Name)
	if err != nil {
		return "unknown now, " + then + " in the dump"
	}
	return number(now) + " now, " + then + " in the dump"
}

func number(n int64) string { return signal.FormatValue(signal.Count, float64(n)) }

// included says whether mongorestore's namespace flags take a collection.
func included(c action.Call, k collection) bool {
	ns := k.Database + "." + k.Name
	for i, w := range c.Words {
		flag, pattern, has := strings.Cut(w, "=")
		if !has && i+1 < len(c.Words) {
			pattern = c.Words[i+1]
		}
		switch match, _ := path.Match(pattern, ns); {
		case flag == "--nsInclude" && !match, flag == "--nsExclude" && match:
			return false
		case (flag == "--collection" || flag == "-c") && pattern != k.Name:
			return false
		}
	}
	return true
}

// readDump lists what a folder of mongodump holds: DATABASE/COLLECTION.bson, or the files of one
// database, which is db, or is called as its folder. taken is when its newest file was written.
func readDump(dir, db string) (list []collection, taken time.Time, err error) {
	err = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, plain := strings.CutSuffix(e.Name(), ".bson")
		zipped, compressed := strings.CutSuffix(e.Name(), ".bson.gz")
		if !plain && !compressed {
			return nil
		}
		k := collection{Database: db, Name: name, Documents: -1}
		if compressed {
			k.Name = zipped
		}
		if db == "" {
			k.Database = filepath.Base(filepath.Dir(p))
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.ModTime().After(taken) {
			taken = info.ModTime()
		}
		if plain && info.Size() <= countLimit {
			k.Documents = countDocuments(p)
		}
		if !strings.HasPrefix(k.Name, "system.") && k.Name != "oplog" {
			list = append(list, k)
		}
		return nil
	})
	if err == nil && taken.IsZero() {
		err = fmt.Errorf("%s holds no dump", dir)
	}
	return list, taken, err
}

// countDocuments counts the documents of a .bson file: each begins with its own length, in four
// bytes, least significant first. -1 when the file is not whole.
func countDocuments(path string) int64 {
	f, err := os.Open(path)
	if err != nil {
		return -1
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	for n := int64(0); ; n++ {
		var head [4]byte
		if _, err := io.ReadFull(r, head[:]); errors.Is(err, io.EOF) {
			return n
		} else if err != nil {
			return -1
		}
		size := int(binary.LittleEndian.Uint32(head[:]))
		if size < 5 || size > 64<<20 {
			return -1
		}
		if k, _ := r.Discard(size - 4); k != size-4 {
			return -1
		}
	}
}

// missing says that a dump is not there, and which one beside it is the newest.
func missing(dir string) string {
	parent := filepath.Dir(dir)
	entries, _ := os.ReadDir(parent)
	newest, at := "", time.Time{}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.IsDir() && info.ModTime().After(at) {
			newest, at = filepath.Join(parent, e.Name()), info.ModTime()
		}
	}
	if newest == "" || newest == dir {
		return dir + " holds no dump"
	}
	return dir + " holds no dump; the newest folder beside it is " + newest
}
