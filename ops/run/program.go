package run

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"calm/model/action"
)

// readWhole bounds, in bytes, what is read of a program to know it again. Scripts are smaller; a
// binary is known by what the file system says of it, which every write to it changes.
const readWhole = 1 << 20

// Identity is what a program at a path is known by, so that another one in its place is found out: of a
// script its content and its interpreter, which is looked for in the given PATH. Links are followed.
func Identity(path, searched string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return byStat(path) // one may run what one may not read
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() > readWhole || !info.Mode().IsRegular() {
		return byStat(path)
	}
	b, err := io.ReadAll(io.LimitReader(f, readWhole+1))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	id := "sha256:" + hex.EncodeToString(sum[:])
	if by := interpreter(b, searched); by != "" {
		if of, err := byStat(by); err == nil {
			id += " by " + by + " " + of
		}
	}
	return id, nil
}

func byStat(path string) (string, error) {
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d:%d:%d:%d.%d:%d.%d", st.Dev, st.Ino, st.Size, st.Mtim.Sec, st.Mtim.Nsec, st.Ctim.Sec, st.Ctim.Nsec), nil
}

// interpreter is what a script's first line names; empty for what is no script.
func interpreter(script []byte, searched string) string {
	line, _, _ := bytes.Cut(script, []byte("\n"))
	first, ok := strings.CutPrefix(string(line), "#!")
	words := strings.Fields(first)
	if !ok || len(words) == 0 {
		return ""
	}
	if filepath.Base(words[0]) != "env" {
		return words[0]
	}
	for _, w := range words[1:] {
		if strings.HasPrefix(w, "-") || strings.Contains(w, "=") {
			continue
		}
		if found, err := LookPath(w, searched); err == nil {
			return found
		}
		break
	}
	return words[0]
}

// unchanged says whether the programs of a plan are those that it was shown with, and whether the
// command would still find them.
func unchanged(p action.Plan, searched string) error {
	for _, prog := range p.Programs {
		if prog.Identity == "" {
			continue
		}
		if found, err := LookPath(prog.Name, searched); err == nil && found != prog.Path && lookedFor(p, prog.Name) {
			return fmt.Errorf("%s is %s now, and was %s when this was shown; propose the step again", prog.Name, found, prog.Path)
		}
		now, err := Identity(prog.Path, searched)
		if err != nil {
			return fmt.Errorf("%s can't be looked at any more (%w); propose the step again", prog.Path, err)
		}
		if now != prog.Identity {
			return fmt.Errorf("%s is another program than when this was shown; propose the step again", prog.Path)
		}
	}
	return nil
}

// lookedFor says whether a plan's command finds a program by PATH: it does not say where it is.
func lookedFor(p action.Plan, name string) bool {
	return p.Kind == action.Shell && !strings.Contains(p.Command, "/"+name)
}
