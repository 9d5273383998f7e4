package tail

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"calm/ops"
)

type follower struct {
	*File
	t *testing.T
}

func follow(t *testing.T, content string, back int64) follower {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.log")
	write(t, path, content)
	f := &File{Path: path, Back: back}
	t.Cleanup(f.Close)
	return follower{f, t}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func appendTo(t *testing.T, path, content string) {
	t.Helper()
	fd, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer fd.Close()
	if _, err := fd.WriteString(content); err != nil {
		t.Fatal(err)
	}
}

func (f follower) read() ([]string, Progress, error) {
	var got []string
	p, err := f.Read(context.Background(), func(l []byte) { got = append(got, string(l)) })
	return got, p, err
}

func (f follower) want(lines ...string) Progress {
	f.t.Helper()
	got, p, err := f.read()
	if err != nil {
		f.t.Fatal(err)
	}
	if !slices.Equal(got, lines) {
		f.t.Fatalf("read %q, want %q", got, lines)
	}
	return p
}

func TestNewLinesAsTheyAreCompleted(t *testing.T) {
	f := follow(t, "one\ntwo\r\nthr", 1<<20)
	f.want("one", "two")
	appendTo(t, f.Path, "ee\n")
	f.want("three")
	f.want()
}

func TestBackZeroBeginsAtTheEnd(t *testing.T) {
	f := follow(t, strings.Repeat("old\n", 1000), 0)
	f.want()
	appendTo(t, f.Path, "new\n")
	f.want("new")
}

func TestRotationByRenaming(t *testing.T) {
	f := follow(t, "one\n", 1<<20)
	f.want("one")
	appendTo(t, f.Path, "two\nno end")
	if err := os.Rename(f.Path, f.Path+".1"); err != nil {
		t.Fatal(err)
	}
	f.want("two")
	// nginx writes to the renamed file until it is told to reopen.
	appendTo(t, f.Path+".1", " after all\nthree\n")
	write(t, f.Path, "four\n")
	if p := f.want("no end after all", "three", "four"); !p.Rotated {
		t.Error("the rotation went unnoticed")
	}
	appendTo(t, f.Path, "five\n")
	f.want("five")
}

func TestTruncation(t *testing.T) {
	f := follow(t, "one\ntwo\nthree\n", 1<<20)
	f.want("one", "two", "three")
	write(t, f.Path, "4\n")
	f.want("4")
	// Cut and grown past the old place before anybody looked.
	write(t, f.Path, "five\nsix\nseven\n")
	f.want("five", "six", "seven")
}

func TestMissingThenBack(t *testing.T) {
	f := follow(t, "one\n", 1<<20)
	f.want("one")
	if err := os.Remove(f.Path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.read(); ops.CodeOf(err) != ops.Unreachable {
		t.Fatalf("missing file: %v", err)
	}
	if f.fd != nil {
		t.Error("a deleted file is kept open")
	}
	write(t, f.Path, "two\n")
	f.want("two")
}

func TestNotAFile(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, fifo} {
		f := follower{&File{Path: path}, t}
		if _, _, err := f.read(); ops.CodeOf(err) != ops.Invalid {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestLongLineIsCut(t *testing.T) {
	long := strings.Repeat("x", 3*MaxLine)
	f := follow(t, "a\n"+long+"\nb\n", 1<<20)
	got, _, err := f.read()
	if err != nil || len(got) != 3 || got[0] != "a" || got[2] != "b" || len(got[1]) != MaxLine {
		t.Fatalf("%d lines, %v", len(got), err)
	}
	appendTo(t, f.Path, long)
	if got, _, _ := f.read(); len(got) != 1 || len(got[0]) != MaxLine {
		t.Fatalf("%d lines from the start of a long one", len(got))
	}
	appendTo(t, f.Path, long+"\nc\n")
	f.want("c")
}

func TestBinaryIsHandedOutAsItIs(t *testing.T) {
	f := follow(t, "\x00\xff\x1b[2J\nb\n", 1<<20)
	f.want("\x00\xff\x1b[2J", "b")
}

func TestBeginsAtTheFirstOldLineFromTheEnd(t *testing.T) {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, "%06d some text that makes the line longer\n", i)
	}
	f := follow(t, b.String(), 4<<20)
	f.Age = func(l []byte) (bool, bool) { return string(l[:6]) < "099000", true }
	n := 0
	p, err := f.Read(context.Background(), func([]byte) { n++ })
	if err != nil || n < 1000 || n > 4000 || p.Partial {
		t.Fatalf("%d lines, %+v, %v", n, p, err)
	}
}

func TestBackBoundsTheBeginning(t *testing.T) {
	f := follow(t, strings.Repeat("0123456\n", 100_000), 1024)
	n := 0
	p, err := f.Read(context.Background(), func(l []byte) {
		n++
		if string(l) != "0123456" {
			t.Fatalf("a broken line: %q", l)
		}
	})
	if err != nil || n != 127 || !p.Partial {
		t.Fatalf("%d lines, %+v, %v", n, p, err)
	}
}

func TestTooMuchIsSkippedAndSaid(t *testing.T) {
	f := follow(t, "one\n", 1<<20)
	f.want("one")
	fd, err := os.OpenFile(f.Path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer fd.Close()
	if err := fd.Truncate(maxRead + 1<<20); err != nil {
		t.Fatal(err)
	}
	if _, err := fd.WriteString("\nlast\n"); err != nil {
		t.Fatal(err)
	}
	got, p, err := f.read()
	if err != nil || p.Skipped < 1<<20 || got[len(got)-1] != "last" {
		t.Fatalf("skipped %d, %v", p.Skipped, err)
	}
}

func TestContextEndsAReadAndTheNextGoesOn(t *testing.T) {
	f := follow(t, strings.Repeat("0123456\n", 100_000), 1<<20)
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	_, err := f.Read(ctx, func([]byte) {
		n++
		cancel()
	})
	if err == nil || n == 100_000 {
		t.Fatalf("%d lines, %v", n, err)
	}
	if _, err := f.Read(context.Background(), func([]byte) { n++ }); err != nil || n != 100_000 {
		t.Fatalf("%d lines after all, %v", n, err)
	}
}
