package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"calm/ops"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile bounds a settings file, in bytes.
const maxFile = 1 << 20

// readText reads a settings file as far as it can be one.
func readText(path string) ([]byte, error) {
	op := "read " + path
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ops.Errorf(ops.Unreachable, op, "there is no such file; check --config (or CALM_CONFIG)")
	case err != nil:
		return nil, ops.Wrap(op, err)
	case info.IsDir():
		return nil, ops.Errorf(ops.Invalid, op, "it is a folder; name the file in it")
	case !info.Mode().IsRegular():
		return nil, ops.Errorf(ops.Invalid, op, "it is not a plain file")
	case info.Size() > maxFile:
		return nil, ops.Errorf(ops.Invalid, op, "it has %d bytes; no settings file is that large", info.Size())
	}
	source, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, &ops.Error{Code: ops.Denied, Op: op, Detail: "no permission to read it", Err: err}
	}
	if err != nil {
		return nil, ops.Wrap(op, err)
	}
	if bytes.IndexByte(source, 0) >= 0 || !utf8.Valid(source) {
		return nil, ops.Errorf(ops.Invalid, op, "it is not text; settings are YAML in UTF-8")
	}
	return source, nil
}

// parse reads the settings and the line of each one that is set, by its name.
func parse(path string, source []byte) (Config, map[string]int, error) {
	var c Config
	dec := yaml.NewDecoder(bytes.NewReader(source), yaml.Strict())
	if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, nil, explain(path, err)
	}
	if err := dec.Decode(&Config{}); err == nil {
		return Config{}, nil, ops.Errorf(ops.Invalid, "read "+path, "it holds more than one document (---); one is read")
	}
	c.Mongo.URI.Name = cmp.Or(c.Mongo.URIEnv, "MONGODB_URI")
	lines := map[string]int{}
	if file, err := parser.ParseBytes(source, 0); err == nil && len(file.Docs) > 0 {
		note(file.Docs[0].Body, "", lines)
	}
	return c, lines, check(path, c, lines)
}

// check finds values that have the right type and make no sense.
func check(path string, c Config, lines map[string]int) error {
	bad := func(name, format string, args ...any) error {
		return ops.Errorf(ops.Invalid, fmt.Sprintf("%s:%d", path, lines[name]), "%s %s", name, fmt.Sprintf(format, args...))
	}
	if c.Mongo.MaxPool < 0 {
		return bad("mongo.max_pool", "can't be %d; it is a number of connections", c.Mongo.MaxPool)
	}
	for _, s := range settings {
		if s.field == nil || !strings.HasSuffix(s.name, "_url") {
			continue
		}
		if v := *s.field(&c); v != "" && !strings.HasPrefix(v, "http://") && !strings.HasPrefix(v, "https://") {
			return bad(s.name, "must begin with http:// or https://, and is %q", v)
		}
	}
	for _, l := range c.Logs {
		if l.Path == "" {
			return bad("logs", "has an entry without a path")
		}
	}
	for from := range c.Bindings {
		if strings.TrimSpace(from) == "" {
			return bad("bind", "has an empty text to replace")
		}
	}
	return nil
}

// note writes down the line of every key.
func note(n ast.Node, under string, lines map[string]int) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return
	}
	for _, kv := range m.Values {
		name := kv.Key.String()
		if under != "" {
			name = under + "." + name
		}
		lines[name] = kv.Key.GetToken().Position.Line
		note(kv.Value, name, lines)
	}
}

// explain turns the YAML library's error into one line: file, line, column, what, and what to do.
func explain(path string, err error) error {
	var bad yaml.Error
	if !errors.As(err, &bad) || bad.GetToken() == nil {
		return ops.Errorf(ops.Invalid, "read "+path, "%s", firstLine(err.Error()))
	}
	at := bad.GetToken().Position
	return ops.Errorf(ops.Invalid, fmt.Sprintf("%s:%d:%d", path, at.Line, at.Column), "%s", words(bad))
}

func words(bad yaml.Error) string {
	var unknown *yaml.UnknownFieldError
	var mistyped *yaml.TypeError
	var misplaced *yaml.UnexpectedNodeTypeError
	switch {
	case errors.As(bad, &unknown):
		return advise(bad.GetToken().Value)
	case errors.As(bad, &mistyped):
		return "this must be " + kind(mistyped.DstType)
	case errors.As(bad, &misplaced):
		found, want := misplaced.Actual.YAMLName(), misplaced.Expected.YAMLName()
		return fmt.Sprintf("this is a %s, and must be a %s", found, want)
	}
	return firstLine(bad.GetMessage())
}

func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Int:
		return "a whole number"
	case reflect.Map, reflect.Struct:
		return "a mapping (name: value)"
	case reflect.Slice:
		return "a list"
	}
	return "a " + t.Kind().String()
}

// advise names the known key that an unknown one looks like most.
func advise(key string) string {
	known := keys(reflect.TypeFor[Config]())
	slices.SortFunc(known, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(key, a), distance(key, b)), strings.Compare(a, b))
	})
	nearest := known[0]
	if distance(key, nearest) > 1+len(key)/3 {
		return fmt.Sprintf("there is no setting %q; the manual's page on calm.yaml lists them", key)
	}
	return fmt.Sprintf("there is no setting %q; is it %q?", key, nearest)
}

// keys lists the settings' keys at every depth.
func keys(t reflect.Type) []string {
	var list []string
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		if name == "" || name == "-" {
			continue
		}
		list = append(list, name)
		for f.Type.Kind() == reflect.Slice {
			f.Type = f.Type.Elem()
		}
		if f.Type.Kind() == reflect.Struct {
			list = append(list, keys(f.Type)...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// distance is how many letters have to be put in, taken out or changed to make one word of another.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
