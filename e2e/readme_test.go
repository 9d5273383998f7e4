package e2e

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// word is a part of a command line that names something: a command or a flag, and no argument.
var word = regexp.MustCompile(`^(--?)?[a-z][a-z-]*$`)

// Every command that the README names is there, with the flags that it names.
func TestReadmeNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(readme)) {
		usage, _, _ := strings.Cut(strings.TrimRight(line, "\n"), "   ")
		if !strings.HasPrefix(usage, "calm ") {
			continue
		}
		found++
		for _, argv := range spellings(strings.Fields(usage)[1:]) {
			out, err := exec.Command(binary, append(argv, "--help")...).CombinedOutput()
			if err != nil {
				t.Errorf("calm %s: %s", strings.Join(argv, " "), out)
			}
			for _, w := range strings.Fields(usage) {
				if flag, ok := strings.CutPrefix(w, "-"); ok && !strings.Contains(string(out), "-"+flag) {
					t.Errorf("calm %s has no %s:\n%s", strings.Join(argv, " "), w, out)
				}
			}
		}
	}
	if found < 12 {
		t.Errorf("the README shows %d commands; is its shape another?", found)
	}
}

// spellings are the commands that a line of usage stands for: `incident list|show ID` is two.
func spellings(words []string) [][]string {
	out := [][]string{{}}
	for _, w := range words {
		choices := strings.Split(w, "|")
		if !word.MatchString(choices[0]) || strings.HasPrefix(w, "-") {
			break
		}
		var longer [][]string
		for _, argv := range out {
			for _, c := range choices {
				longer = append(longer, append(append([]string{}, argv...), c))
			}
		}
		out = longer
	}
	return out
}
