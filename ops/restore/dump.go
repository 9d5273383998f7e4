package restore

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/ops"
)

// Collection is one collection, or one view, of a dump.
type Collection struct {
	Name      string    `json:"name"`
	File      string    `json:"file"`      // without .bson or .metadata.json, as mongodump has escaped it
	Type      string    `json:"type"`      // "collection", "view", "timeseries"
	Documents int64     `json:"documents"` // -1 when they were not counted: there are too many to be read before a person is asked
	Bytes     int64     `json:"bytes"`     // of the file
	Written   time.Time `json:"written"`
	Fades     bool      `json:"fades,omitempty"` // it has a TTL index: the server deletes of it by itself
	Bare      bool      `json:"bare,omitempty"`  // there is no metadata: no options and no indexes
	Before    int64     `json:"before"`          // documents on the server when it was looked at; -1 for no such collection
}

// countLimit bounds how much of a file is read to count it before a person is asked, in bytes.
const countLimit = 256 << 20

// readFolder lists what mongodump wrote of one database.
func readFolder(dir string) ([]Collection, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []Collection
	for _, e := range entries {
		name, zipped := strings.CutSuffix(e.Name(), ".gz")
		base, data := strings.CutSuffix(name, ".bson")
		if !data {
			if base, data = strings.CutSuffix(name, ".metadata.json"); !data || exists(filepath.Join(dir, base+".bson")) || exists(filepath.Join(dir, base+".bson.gz")) {
				continue
			}
		}
		if e.IsDir() {
			continue
		}
		c := Collection{File: base, Name: unescaped(base), Type: "collection", Documents: -1, Before: -1}
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		c.Bytes, c.Written = info.Size(), info.ModTime().UTC().Truncate(time.Microsecond)
		meta, err := readMetadata(dir, base)
		switch {
		case err != nil:
			return nil, err
		case meta == nil:
			c.Bare = true
		default:
			c.Fades = fades(meta)
			c.Name, c.Type = cmp.Or(meta.Collection, c.Name), cmp.Or(meta.Type, typeOf(*meta), c.Type)
		}
		if strings.HasSuffix(name, ".metadata.json") {
			c.Bytes, c.Documents = 0, 0 // a view, or a time series whose data is in a file of its own
		} else if c.Bytes <= countLimit {
			n, err := scan(filepath.Join(dir, e.Name()), zipped, nil)
			if err != nil {
				return nil, err
			}
			c.Documents = n
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Collection) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// unescaped is the collection of a file's name.
func unescaped(file string) string {
	if name, err := url.QueryUnescape(file); err == nil {
		return name
	}
	return file
}

// metadata is what mongodump keeps of a collection beside its documents.
type metadata struct {
	Options    bson.M   `bson:"options"`
	Indexes    []bson.M `bson:"indexes"`
	Collection string   `bson:"collectionName"`
	Type       string   `bson:"type"`
}

func typeOf(m metadata) string {
	switch {
	case m.Options["viewOn"] != nil:
		return "view"
	case m.Options["timeseries"] != nil:
		return "timeseries"
	}
	return ""
}

// readMetadata reads a collection's metadata; nil where there is none.
func readMetadata(dir, file string) (*metadata, error) {
	raw, err := readPlain(filepath.Join(dir, file+".metadata.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := &metadata{}
	if err := bson.UnmarshalExtJSON(raw, false, m); err != nil {
		return nil, ops.Errorf(ops.Invalid, "read the dump", "%s.metadata.json is damaged", filepath.Join(dir, file))
	}
	return m, nil
}

// maxMetadata bounds one collection's metadata, in bytes.
const maxMetadata = 16 << 20

// readPlain reads a small file, or its compressed form where there is only that.
func readPlain(path string) ([]byte, error) {
	f, err := os.Open(path)
	zipped := false
	if errors.Is(err, os.ErrNotExist) {
		zipped = true
		f, err = os.Open(path + ".gz")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := io.Reader(f)
	if zipped {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(r, maxMetadata))
}

// scan reads the documents of a .bson file and counts them: each begins with its own length, in four
// bytes, least significant first. A file that is not whole is Invalid. see may be nil.
func scan(path string, zipped bool, see func([]byte)) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, ops.Wrap("read the dump", err)
	}
	defer f.Close()
	in := io.Reader(f)
	if zipped {
		z, err := gzip.NewReader(f)
		if err != nil {
			return 0, torn(path)
		}
		in = z
	}
	r := bufio.NewReaderSize(in, 1<<16)
	var doc []byte
	for n := int64(0); ; n++ {
		var head [4]byte
		if _, err := io.ReadFull(r, head[:]); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, torn(path)
		}
		size := int(binary.LittleEndian.Uint32(head[:]))
		if size < 5 || size > maxDocument {
			return n, torn(path)
		}
		if see == nil {
			if k, _ := r.Discard(size - 4); k != size-4 {
				return n, torn(path)
			}
			continue
		}
		doc = append(slices.Grow(doc[:0], size), head[:]...)[:size]
		if _, err := io.ReadFull(r, doc[4:]); err != nil {
			return n, torn(path)
		}
		see(doc)
	}
}

// maxDocument is more than any document that mongod takes, in bytes.
const maxDocument = 64 << 20

func torn(path string) error {
	return ops.Errorf(ops.Invalid, "read the dump", "%s is not whole: it was cut off, or it is no dump", path)
}

// digest is what documents are, in whatever order they come: the sum of their hashes.
type digest [4]uint64

func (d *digest) add(doc []byte) {
	sum := sha256.Sum256(doc)
	for i := range d {
		d[i] += binary.LittleEndian.Uint64(sum[8*i:])
	}
}

// Missing says that there is no dump in a folder, and which folder beside it is the newest.
func Missing(dir string) string {
	if newest := Newest(filepath.Dir(dir)); newest != "" && newest != dir {
		return dir + " holds no dump; the newest folder beside it is " + newest
	}
	return dir + " holds no dump"
}

// Newest is the folder below another one that was written to last; empty for none.
func Newest(parent string) string {
	entries, _ := os.ReadDir(parent)
	newest, at := "", time.Time{}
	for _, e := range entries {
		// By its target, should it be a link.
		info, err := os.Stat(filepath.Join(parent, e.Name()))
		if err == nil && info.IsDir() && info.ModTime().After(at) {
			newest, at = filepath.Join(parent, e.Name()), info.ModTime()
		}
	}
	return newest
}

// written is when a dump was finished.
func written(list []Collection) time.Time {
	var at time.Time
	for _, c := range list {
		if c.Written.After(at) {
			at = c.Written
		}
	}
	return at
}

// documents writes a count of them.
func documents(n int64) string {
	if n == 1 {
		return "1 document"
	}
	return number(n) + " documents"
}

func metadataPath(d Database, k Collection) string {
	return filepath.Join(d.Folder, k.File+".metadata.json")
}
