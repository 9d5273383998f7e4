package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/charmbracelet/x/term"

	"calm/ops/folder"
	"calm/ui/cli"
)

// openBooks reads the runbooks that names stand for, each a file or a folder; with no name the
// configuration's, else the built-in one.
func openBooks(f cli.Flags, names []string) []cli.Book {
	if len(names) == 0 {
		rb, err := loadRunbook(f)
		book := cli.Book{Runbook: rb, Err: err}
		if err == nil {
			book.Path = rb.Path
			// The built-in one is known by a name that is no path.
			if _, err := os.Stat(rb.Path); err == nil {
				book.Exists = beside(rb.Path)
			}
		}
		return []cli.Book{book}
	}
	var books []cli.Book
	for _, name := range names {
		paths, err := markdownIn(name)
		if err != nil {
			books = append(books, cli.Book{Path: name, Err: err})
		}
		for _, path := range paths {
			rb, err := readRunbook(path)
			books = append(books, cli.Book{Path: path, Runbook: rb, Exists: beside(path), Err: err})
		}
	}
	return books
}

// markdownIn lists the runbooks below a folder, in order, and fails for what is left out of it;
// anything else is itself.
func markdownIn(name string) ([]string, error) {
	if !folder.Is(name) {
		return []string{name}, nil // readRunbook says what is wrong with it, if there is
	}
	paths, leftOut, err := folder.Files(name)
	switch {
	case err != nil:
		return nil, err
	case len(leftOut) > 0:
		return paths, fmt.Errorf("the folder %s can't be read whole: %s", name, strings.Join(leftOut, "; "))
	case len(paths) == 0:
		return nil, fmt.Errorf("there is no Markdown below %s: name a file, or another folder", name)
	}
	return paths, nil
}

// beside says which files there are for the links of a runbook: a relative path from its folder, one
// that begins with / from its folder or one above it, up to the repository's root.
func beside(path string) func(string) bool {
	own, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil
	}
	return func(target string) bool {
		if !strings.HasPrefix(target, "/") {
			return there(filepath.Join(own, filepath.FromSlash(target)))
		}
		for dir := own; ; dir = filepath.Dir(dir) {
			if there(filepath.Join(dir, filepath.FromSlash(target))) {
				return true
			}
			if there(filepath.Join(dir, ".git")) || dir == filepath.Dir(dir) {
				return false
			}
		}
	}
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// terminalWidth is how wide a terminal is; 0 for what is none, and for one that can't say.
func terminalWidth(f *os.File) int {
	width, _, err := term.GetSize(f.Fd())
	if err != nil {
		return 0
	}
	return width
}

// takesColor says whether output may be coloured, as https://no-color.org wants it.
func takesColor(f *os.File) bool {
	kind := os.Getenv("TERM")
	return term.IsTerminal(f.Fd()) && os.Getenv("NO_COLOR") == "" && kind != "" && kind != "dumb"
}
