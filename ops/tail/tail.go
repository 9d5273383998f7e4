// Package tail follows one growing file and hands out its new lines: through rotation by renaming
// (logrotate's create), through truncation in place (copytruncate), and from near the end when it is
// opened for the first time. It owns the position in the file and nothing else: what a line means is
// its caller's business. It never writes, and reads a bounded amount at a time.
package tail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"calm/ops"
)

// MaxLine is the longest line that is handed out, in bytes. The rest of a longer one is dropped.
const MaxLine = 64 << 10

const (
	// chunk leaves room for a carried line of MaxLine beside each new piece.
	chunk = 2 * MaxLine
	// maxRead bounds the bytes that one Read goes through; beyond it the oldest are skipped.
	maxRead = 64 << 20
	// fingerprint is how much of what was read last is compared before reading on: a file that was
	// truncated and has grown past the old place is recognised by it.
	fingerprint = 64
)

// File follows the file at a path. The zero value with a Path is ready; it is not safe for use by
// several goroutines at once.
type File struct {
	Path string
	// Back is how many bytes before its end an existing file is begun at, at most. 0 begins at the end.
	Back int64
	// Age says of a line whether it is too old to be wanted, and whether it tells at all. It lets the
	// beginning be found without reading everything in Back. It may be nil.
	Age func(line []byte) (old, dated bool)

	fd     *os.File
	opened bool // some file was opened before: the next one is read from its start
	off    int64
	mark   []byte // the bytes before off
	buf    []byte
	carry  int  // bytes at the start of buf that belong to a line without an end yet
	drop   bool // the line at hand was too long: drop what is left of it
}

// Progress is what one Read met.
type Progress struct {
	Bytes   int64 // read
	Skipped int64 // bytes that were passed over because there were too many
	Partial bool  // the first Read began within the file, not at its start or at an old line
	Rotated bool  // another file was found at the path, or the file was cut
	Time    time.Time
}

// Read calls line for every line that was completed since the last Read, without its end of line.
// The slice is only good during the call. Time is the file's own time of last change. The error is
// an *ops.Error; what was read before it has been handed out.
func (f *File) Read(ctx context.Context, line func([]byte)) (Progress, error) {
	var p Progress
	if f.fd == nil {
		if err := f.open(&p); err != nil {
			return p, err
		}
	}
	if err := f.drain(ctx, &p, line); err != nil {
		return p, err
	}
	other, missing := f.replaced()
	switch {
	case missing != nil && p.Bytes == 0:
		// Whoever wrote it has moved on; keeping it open would only hold its disk space.
		f.finish(line)
		return p, ops.Wrap(f.Path, plain(missing))
	case other:
		if err := f.drain(ctx, &p, line); err != nil {
			return p, err
		}
		f.finish(line)
		p.Rotated = true
		if err := f.open(&p); err != nil {
			return p, err
		}
		return p, f.drain(ctx, &p, line)
	}
	return p, nil
}

// Close lets go of the file. A later Read begins at the start of what it finds at the path.
func (f *File) Close() {
	if f.fd != nil {
		_ = f.fd.Close()
		f.fd = nil
	}
}

func (f *File) open(p *Progress) error {
	// A FIFO at the path would block the open, and with it every reading.
	fd, err := os.OpenFile(f.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return ops.Wrap(f.Path, plain(err))
	}
	info, err := fd.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a file")
	}
	if err != nil {
		_ = fd.Close()
		return &ops.Error{Code: ops.Invalid, Op: f.Path, Err: err}
	}
	f.fd, f.off, f.mark, f.carry, f.drop = fd, 0, f.mark[:0], 0, false
	if f.buf == nil {
		f.buf = make([]byte, chunk)
	}
	if !f.opened {
		f.begin(info.Size(), p)
	}
	f.opened = true
	return nil
}

// finish hands out what is left of a file that nobody goes on with, and closes it.
func (f *File) finish(line func([]byte)) {
	if f.carry > 0 && !f.drop {
		line(trimEnd(f.buf[:f.carry]))
	}
	f.carry = 0
	f.Close()
}

// begin finds where to start in a file that was there before us.
func (f *File) begin(size int64, p *Progress) {
	probe := make([]byte, 8<<10)
	for back := int64(64 << 10); ; back *= 2 {
		back = min(back, f.Back)
		if back >= size {
			f.off, f.drop = 0, false
			return
		}
		if back == f.Back {
			p.Partial = true
		}
		n, _ := f.fd.ReadAt(probe, size-back)
		cut := bytes.IndexByte(probe[:n], '\n') + 1
		f.off = size - back + int64(cut)
		// With no end of line in sight it is in the middle of a long one.
		f.drop = cut == 0 && back > 0
		if p.Partial || f.old(probe[cut:n]) {
			return
		}
	}
}

// old says whether the first line of a piece that tells its time is too old to be wanted.
func (f *File) old(piece []byte) bool {
	for f.Age != nil {
		end := bytes.IndexByte(piece, '\n')
		if end < 0 {
			break
		}
		if old, dated := f.Age(piece[:end]); dated {
			return old
		}
		piece = piece[end+1:]
	}
	return false
}

// replaced says whether the path now leads to another file, or to none.
func (f *File) replaced() (other bool, missing error) {
	now, err := os.Stat(f.Path)
	if err != nil {
		return false, err
	}
	if held, err := f.fd.Stat(); err == nil {
		return !os.SameFile(now, held), nil
	}
	return true, nil
}

// drain reads to the end of the file that is open.
func (f *File) drain(ctx context.Context, p *Progress, line func([]byte)) error {
	info, err := f.fd.Stat()
	if err != nil {
		return ops.Wrap(f.Path, plain(err))
	}
	p.Time = info.ModTime()
	size := info.Size()
	if size < f.off || size > f.off && !f.same() {
		f.off, f.mark, f.carry, f.drop, p.Rotated = 0, f.mark[:0], 0, false, true
	}
	if size-f.off > maxRead {
		p.Skipped += size - maxRead - f.off
		f.off, f.carry, f.drop = size-maxRead, 0, true
	}
	// Only up to the size just seen: a writer faster than we are must not keep us here.
	for f.off < size {
		if ctx.Err() != nil {
			return ops.Wrap(f.Path, ctx.Err())
		}
		room := f.buf[f.carry:]
		n, err := f.fd.ReadAt(room[:min(int64(len(room)), size-f.off)], f.off)
		f.off += int64(n)
		p.Bytes += int64(n)
		f.lines(f.carry+n, line)
		if err != nil && !errors.Is(err, io.EOF) {
			return ops.Wrap(f.Path, plain(err))
		}
		if n == 0 {
			break
		}
	}
	return nil
}

// same says whether what lies before the position is what was read there.
func (f *File) same() bool {
	if len(f.mark) == 0 {
		return true
	}
	var now [fingerprint]byte
	got := now[:len(f.mark)]
	_, err := f.fd.ReadAt(got, f.off-int64(len(got)))
	return err == nil && bytes.Equal(got, f.mark)
}

// lines hands out the whole lines of the first n bytes of the buffer and keeps the rest for later.
func (f *File) lines(n int, line func([]byte)) {
	data := f.buf[:n]
	f.mark = append(f.mark[:0], data[max(0, n-fingerprint):]...)
	for {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			break
		}
		if !f.drop {
			line(trimEnd(data[:min(end, MaxLine)]))
		}
		f.drop = false
		data = data[end+1:]
	}
	switch {
	case f.drop:
		data = nil
	case len(data) > MaxLine:
		line(data[:MaxLine])
		f.drop, data = true, nil
	}
	f.carry = copy(f.buf, data)
}

func trimEnd(line []byte) []byte {
	return bytes.TrimSuffix(line, []byte("\r"))
}

// plain drops the path that a PathError repeats.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
