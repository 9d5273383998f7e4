package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"calm/model/runbook"
	"calm/model/runbook/lint"
	"calm/runbooks"
)

// reading is what an editor waits for at every pause in typing: 1 MB of Markdown read and linted,
// against goldmark parsing the same. Once in this process, as an editor's server would, and once as
// the command with its start.
func reading(w world) []row {
	_, one := runbooks.Default()
	src := bytes.Repeat(one, 1_000_000/len(one)+1)[:1_000_000]
	file := filepath.Join(w.dir, "megabyte.md")
	if err := os.WriteFile(file, src, 0o600); err != nil {
		return []row{{name: "15 lint of 1 MB", ratio: "none: " + oneLine(err)}}
	}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	var here, command, theirs []time.Duration
	var failed error
	for range rounds {
		start := time.Now()
		rb, err := runbook.Parse(file, src)
		if err != nil {
			return []row{{name: "15 lint of 1 MB", ratio: "none: " + oneLine(err)}}
		}
		lint.Check(rb)
		here = append(here, time.Since(start))
		start = time.Now()
		md.Parse(text.NewReader(src))
		theirs = append(theirs, time.Since(start))
		start = time.Now()
		err = exec.CommandContext(context.Background(), w.calm[0], "runbook", "lint", "--format", "json", file).Run()
		command = append(command, time.Since(start))
		if exit := (&exec.ExitError{}); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) { // 1 is findings
			failed = err
		}
	}
	format := func(v float64) string { return ms(time.Duration(v)) }
	return []row{
		compare("15 lint of 1 MB", "goldmark parsing it", "≤ 4×, ≤ 100 ms", float64(median(here)), float64(median(theirs)), format, nil),
		compare("15 calm runbook lint of 1 MB", "goldmark parsing it", "", float64(median(command)), float64(median(theirs)), format, failed),
	}
}
