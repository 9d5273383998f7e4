package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// books writes a folder of runbooks, a page an alert.
func (b *bare) books() string {
	b.t.Helper()
	dir := filepath.Join(b.t.TempDir(), "books")
	for path, text := range map[string]string{
		"alerts/QueueGrows.md":  "# QueueGrows\n\nThe queue is longer than ever.\n\n## Drain\n\n```sh\nls\n```\n",
		"alerts/DiskFilling.md": "# DiskFilling\n\nA disk has no room.\n\n## Severity levels\n\n| Level | Impact |\n|---|---|\n| SEV-1 | Everything is down |\n| SEV-2 | Some orders wait |\n\n## Free some\n\n```sh\nls\n```\n",
		"general.md":            "# In general\n\n## Queue first\n\nWords.\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	return dir
}

// A person types a word, opens a runbook, goes back and opens another; an alert opens its own at
// once.
func TestConsoleOverAFolder(t *testing.T) {
	b := newBare(t)
	dir := b.books()
	x := b.console(120, 40, dir)
	x.wait(10*time.Second, "3 runbooks", "DiskFilling", "1 procedure", "general.md")
	x.press("queue")
	x.until(5*time.Second, "two hits", func(s string) bool { return strings.Contains(s, "2 of 3") && !strings.Contains(s, "DiskFilling") })
	x.press("\r")
	x.wait(10*time.Second, "SIGNALS")
	x.press("4z")
	x.wait(5*time.Second, "Drain")
	x.press("B")
	x.wait(10*time.Second, "search  queue", "2 of 3")
	x.press("\x1b")
	x.wait(5*time.Second, "an alert's name")
	x.press("disk\r")
	x.wait(10*time.Second, "SIGNALS")
	x.press("4z")
	x.wait(5*time.Second, "Free some")
	x.leave()

	x = b.console(120, 40, dir, "--alert", "QueueGrows")
	x.wait(10*time.Second, "SIGNALS")
	x.press("4z")
	x.wait(5*time.Second, "Drain")
	x.leave()
	x = b.console(120, 40, dir, "--alert", "NobodyKnows")
	x.wait(10*time.Second, "no runbook names the alert NobodyKnows", "3 runbooks")
	x.press("\x03")
	<-x.done
}

// An open incident goes on with the runbook that it was declared on. Another one may be chosen for it,
// which the timeline says, and which it goes on with from then on.
func TestFolderOfAnOpenIncident(t *testing.T) {
	b := newBare(t)
	dir := b.books()
	b.calm("incident", "declare", "The disk fills", "--level", "2", "--runbook", filepath.Join(dir, "alerts", "DiskFilling.md"))
	x := b.console(120, 40, dir)
	x.wait(10*time.Second, "The disk fills")
	x.press("4z")
	x.wait(5*time.Second, "Free some")
	x.press("B")
	x.wait(10*time.Second, "3 runbooks")
	x.press("queuegrows\r")
	x.wait(10*time.Second, "The disk fills")
	x.press("5z")
	x.wait(10*time.Second, "now QueueGrows")
	x.leave()

	x = b.console(120, 40, dir)
	x.wait(10*time.Second, "The disk fills")
	x.press("4z")
	x.wait(5*time.Second, "Drain")
	x.leave()
}
