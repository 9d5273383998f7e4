package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"calm/model/pattern"
	"calm/ops"
)

// segmentSizes are the sizes that a segment may have, in the order in which they are tried. Line
// feeds are written up to that size when it is made, so that appending needs no more room on disk;
// the smaller sizes are for a disk with little left. A size that is none of these was cut.
var segmentSizes = []int64{4 << 20, 256 << 10, 16 << 10}

var segmentPattern = pattern.New(`^(\d{6})\.jsonl$`)

func segmentName(n int) string { return fmt.Sprintf("%06d.jsonl", n) }

// segmentNumbers lists the segments in a journal's folder, in order.
func segmentNumbers(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, e := range entries {
		if m := segmentPattern.FindStringSubmatch(e.Name()); m != nil {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				return nil, err
			}
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// createSegment makes a segment full of line feeds, large enough for a line of need bytes. It has
// its whole size on disk before it has its name. The caller holds the journal's lock.
func createSegment(dir string, n int, sizes []int64, need int64) (*os.File, int64, error) {
	path := filepath.Join(dir, segmentName(n))
	var full error
	for _, size := range sizes {
		if size < need {
			continue
		}
		f, err := fillFile(path, bytes.Repeat([]byte{'\n'}, int(size)))
		if err == nil {
			return f, size, nil
		}
		full = err
		if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EFBIG) && !errors.Is(err, syscall.EDQUOT) {
			break
		}
	}
	if full == nil {
		full = fmt.Errorf("a record of %d bytes fits in no segment", need)
	}
	return nil, 0, full
}

// fillFile makes a new file with the content, whole or not at all: it is written and synced under
// another name, renamed, and its folder synced. The file comes back open for reading and writing.
func fillFile(path string, content []byte) (*os.File, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(temp)
		return nil, err
	}
	return f, nil
}

// syncDir makes the names in a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// openSegment opens a segment only if nobody could have put it there to have something else read or
// written: no link of any kind, a file of ours or root's that nobody else writes (R1).
func openSegment(path string, write bool) (*os.File, error) {
	op := "open " + path
	flag := os.O_RDONLY
	if write {
		flag = os.O_RDWR
	}
	f, err := os.OpenFile(path, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, ops.Errorf(ops.Denied, op, "it is a symbolic link, which calm does not follow; put the file itself back")
	}
	if err != nil {
		return nil, ops.Wrap(op, bare(err))
	}
	if why := refusal(f); why != "" {
		_ = f.Close()
		return nil, ops.Errorf(ops.Denied, op, "%s", why)
	}
	return f, nil
}

// refusal says why an open file is not to be trusted; empty when it is.
func refusal(f *os.File) string {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return err.Error()
	}
	switch me := os.Geteuid(); {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return "it is not a plain file"
	case st.Nlink > 1:
		return fmt.Sprintf("it has %d hard links; a journal has one (cp it, and put the copy in its place)", st.Nlink)
	case me != 0 && int(st.Uid) != me && st.Uid != 0:
		return fmt.Sprintf("it belongs to user %d, calm runs as user %d", st.Uid, me)
	case st.Mode&0o022 != 0:
		return fmt.Sprintf("others may write to it (mode %04o); chmod 600 it", st.Mode&0o777)
	}
	return ""
}

// bare takes the path off an error of package os: the operation names it already.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}

// gone says whether the open file has no name any more.
func gone(f *os.File) bool {
	var st unix.Stat_t
	return unix.Fstat(int(f.Fd()), &st) != nil || st.Nlink == 0
}

// dataSync makes what was written to the file durable. Its size does not change, so the data is
// all there is to write. It is tried once: after a failure the kernel may forget what it could not
// write, and say that all is well the next time.
func dataSync(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// chunk is how much is read at a time when only the written part of a segment is wanted.
const chunk = 16 << 10

// readWritten reads from an offset to the first blank line, or to the end of the file.
func readWritten(f *os.File, from int64) ([]byte, error) {
	var data []byte
	for {
		data = slices.Grow(data, chunk)
		n, err := f.ReadAt(data[len(data):len(data)+chunk], from+int64(len(data)))
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) || err == nil && bytes.HasSuffix(data, []byte("\n\n")) {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// maxSegment bounds what is read of a file that pretends to be a segment, in bytes.
const maxSegment = 64 << 20

// readSegment reads a whole segment, or only its written part.
func readSegment(f *os.File, whole bool) ([]byte, error) {
	if !whole {
		return readWritten(f, 0)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSegment {
		return nil, fmt.Errorf("%d bytes; no journal segment is that large", info.Size())
	}
	data := make([]byte, info.Size())
	n, err := f.ReadAt(data, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return data[:n], nil
}
