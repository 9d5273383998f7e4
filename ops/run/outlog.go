package run

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// DefaultCap is how much of an action's output is kept, in bytes: the first half and the last.
const DefaultCap = 64 << 20

// outLog keeps the head and the tail of an output within a bound, on disk, so that a flood costs
// no memory. The tail is in the two newest of numbered files while it runs; Close puts all together.
type outLog struct {
	dir     string
	half    int64
	file    *os.File
	written int64 // into file
	tail    int   // number of the tail file in use, from 0; -1 while the head has room
	total   int64
	cut     int64
	held    [2]int64 // bytes in the tail file before it, and in it
	err     error
}

func newOutLog(dir string, limit int64) (*outLog, error) {
	if limit <= 0 {
		limit = DefaultCap
	}
	f, err := os.OpenFile(filepath.Join(dir, outputFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	return &outLog{dir: dir, half: limit / 2, file: f, tail: -1}, err
}

// Write never fails: a full disk must not end the command that floods it. What could not be
// written counts as cut.
func (l *outLog) Write(p []byte) (int, error) {
	n := len(p)
	l.total += int64(n)
	for len(p) > 0 {
		part := p[:min(int64(len(p)), l.room())]
		if len(part) == 0 {
			if !l.next() {
				l.cut += int64(len(p))
				return n, nil
			}
			continue
		}
		k := l.keep(part)
		p = p[k:]
		if k < len(part) {
			l.cut += int64(len(p))
			break
		}
	}
	return n, nil
}

// keep writes to the file in use and says how much of it.
func (l *outLog) keep(p []byte) int {
	k, err := l.file.Write(p)
	if err != nil {
		l.err = err
	}
	l.written += int64(k)
	if l.tail >= 0 {
		l.held[1] = l.written
	}
	return k
}

// room is what the file in use still takes: half of the bound for the head, a quarter for each tail.
func (l *outLog) room() int64 {
	if l.tail < 0 {
		return l.half - l.written
	}
	return l.half/2 - l.written
}

// next goes on in a further tail file. The one before the last is no longer among the newest.
func (l *outLog) next() bool {
	if l.tail > 0 {
		_ = os.Remove(tailPath(l.dir, l.tail-1))
	}
	f, err := os.OpenFile(tailPath(l.dir, l.tail+1), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		l.err = err
		return false
	}
	_ = l.file.Close()
	l.file = f
	l.tail++
	l.cut += l.held[0]
	l.held[0], l.held[1], l.written = l.held[1], 0, 0
	return true
}

func tailPath(dir string, n int) string {
	return filepath.Join(dir, fmt.Sprintf("%s.tail%d", outputFile, n))
}

// Close appends the tail to the head, says what was cut between them, and returns the SHA-256 of
// what is kept.
func (l *outLog) Close() (sum string, err error) {
	err = l.file.Close()
	if l.tail >= 0 {
		err = errors.Join(err, l.join())
	}
	h := sha256.New()
	f, openErr := os.Open(filepath.Join(l.dir, outputFile))
	if openErr != nil {
		return "", errors.Join(err, openErr)
	}
	defer f.Close()
	_, copyErr := io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, copyErr, f.Sync())
}

func (l *outLog) join() error {
	out, err := os.OpenFile(filepath.Join(l.dir, outputFile), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	if l.cut > 0 {
		if _, err := fmt.Fprintf(out, "\n… calm kept the first and the last of this output and cut %d bytes here …\n", l.cut); err != nil {
			return err
		}
	}
	for _, n := range []int{l.tail - 1, l.tail} {
		f, err := os.Open(tailPath(l.dir, n))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = io.Copy(out, f)
		_ = f.Close()
		if err != nil {
			return err
		}
		_ = os.Remove(tailPath(l.dir, n))
	}
	return nil
}

// tailOf reads the last bytes of an action's output, also while it runs. Which file is the newest is
// told by its number: a clock that was set back must not turn the output round.
func tailOf(dir string, limit int64) []byte {
	newest := newestTail(dir)
	var last []byte
	for n := newest; n >= max(0, newest-1); n-- {
		last = append(lastBytes(tailPath(dir, n), limit-int64(len(last))), last...)
	}
	if newest < 1 {
		last = append(lastBytes(filepath.Join(dir, outputFile), limit-int64(len(last))), last...)
	}
	return last
}

// newestTail is the number of the tail file in use; -1 when there is none.
func newestTail(dir string) int {
	newest := -1
	names, _ := filepath.Glob(filepath.Join(dir, outputFile+".tail*"))
	for _, name := range names {
		if n, err := strconv.Atoi(name[strings.LastIndex(name, ".tail")+len(".tail"):]); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

func lastBytes(path string, limit int64) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	from := max(0, info.Size()-limit)
	b := make([]byte, info.Size()-from)
	n, _ := f.ReadAt(b, from)
	return b[:n]
}
