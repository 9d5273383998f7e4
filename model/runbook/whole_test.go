package runbook

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNothingIsDropped holds the parser to its promise on every file there is: the parts' ranges
// cover every byte, and every word of the text is in the JSON.
func TestNothingIsDropped(t *testing.T) {
	files := append(corpus(t), "testdata/seed.md", "../../runbooks/aurora-concierge.md")
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			r := load(t, path)
			if took := timed(t, string(r.Source), 200*time.Millisecond); took > 200*time.Millisecond {
				t.Errorf("took %s", took)
			}
			if got := rebuilt(r); got != string(r.Source) {
				t.Errorf("the parts hold %d of %d bytes", len(got), len(r.Source))
			}
			for _, m := range missingWords(t, r) {
				t.Errorf("line %d: %q is in no part: %s", m.line, m.word, m.text)
			}
		})
	}
}

// rebuilt joins the bytes that lie in some part.
func rebuilt(r *Runbook) string {
	in := make([]bool, len(r.Source))
	for _, p := range r.parts() {
		for i := p.Start; i < p.End; i++ {
			in[i] = true
		}
	}
	var out strings.Builder
	for i, c := range r.Source {
		if in[i] {
			out.WriteByte(c)
		}
	}
	return out.String()
}

type missing struct {
	line int
	word string
	text string
}

var (
	wordPattern4 = regexp.MustCompile(`[\p{L}\d]{4,}`)
	linkTarget   = regexp.MustCompile(`\]\([^)]*\)`)
	markup       = regexp.MustCompile("</?[a-z][^>]*>|&[a-z]+;|[*_`~\\\\]+")
)

// missingWords looks for every longer word of the file in the runbook's JSON. Durations are kept as
// numbers, so a line with one may lose its words; the info string of a fence is kept as a kind.
func missingWords(t *testing.T, r *Runbook) []missing {
	t.Helper()
	all, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case string:
			text.WriteString(markup.ReplaceAllString(v, ""))
			text.WriteByte('\n')
		case []any:
			for _, e := range v {
				collect(e)
			}
		case map[string]any:
			for k, e := range v {
				text.WriteString(k + "\n")
				collect(e)
			}
		}
	}
	var decoded any
	if err := json.Unmarshal(all, &decoded); err != nil {
		t.Fatal(err)
	}
	collect(decoded)
	have := strings.ToLower(text.String())
	var out []missing
	for i, line := range strings.Split(string(r.Source), "\n") {
		if strings.HasPrefix(strings.TrimLeft(line, " >-*\t"), "```") || parseTime(line).known || parseTime(line).note != "" {
			continue
		}
		if lab, ok := splitLabel(strings.TrimLeft(line, "#->0123456789. \t")); ok && namesField(lab.name) || strings.HasPrefix(line, "#") && namesField(strings.Trim(line, "# ")) {
			line = lab.rest
		}
		plainLine := markup.ReplaceAllString(linkTarget.ReplaceAllString(mend(line), "]"), "")
		for _, w := range wordPattern4.FindAllString(strings.ToLower(plainLine), -1) {
			if !strings.Contains(have, w) && !fieldNames[w] {
				out = append(out, missing{i + 1, w, line})
				break
			}
		}
	}
	return out
}

// namesField says whether a title became the place of what stands under it, so that its own words
// are in the JSON only as that.
func namesField(title string) bool {
	return partRole(title) != noRole || severityField(title) != noField || escalationField(title) != noField || cautionWord.MatchString(key(title))
}

// fieldNames are words of labels that became a field of the JSON.
var fieldNames = wordSet(`symptoms symptom diagnosis resolution severity impact examples response escalation communication contact scope escalate requires approval estimated complete rollback time target diagnostic diagnostics mitigation verification triage resolutions level caution warning undo note info details`)

// TestTheRestOfALongFileIsShownAsItIs reads a file that is longer than any runbook: what is beyond
// the bound makes no step, not even half of one, and no byte is lost.
func TestTheRestOfALongFileIsShownAsItIs(t *testing.T) {
	const section = "## Rollback %d\n\n```bash\ngit revert HEAD \\\n  --no-edit\n```\n\n"
	var text strings.Builder
	for i := 0; text.Len() < maxRead+maxRead/2; i++ {
		fmt.Fprintf(&text, section, i)
	}
	for name, src := range map[string]string{"many": text.String(), "one line": strings.Repeat("x ", maxRead), "one block": "## Rollback\n```bash\n" + strings.Repeat("rm -rf /srv/a \\\n", maxRead/10)} {
		r := parsed(t, src)
		if rebuilt(r) != src {
			t.Errorf("%s: bytes are lost", name)
		}
		if !slices.ContainsFunc(r.Warnings, func(w Warning) bool { return strings.Contains(w.Text, "too long") }) {
			t.Errorf("%s: nobody is told: %v", name, r.Warnings)
		}
		r.EachStep(func(s StepRef) bool {
			if s.Step.Text != "git revert HEAD \\\n  --no-edit" || s.Step.Start > maxRead {
				t.Errorf("%s: line %d: step %q", name, s.Step.Line, s.Step.Text)
			}
			return true
		})
	}
}

func TestEmptyAndBinaryAreRefused(t *testing.T) {
	for name, src := range map[string]string{
		"empty": "", "blank": " \n\n\t\n", "a byte order mark alone": "\xef\xbb\xbf\n",
		"binary": "\x7fELF\x02\x01\x01\x00\x00\x00", "control bytes": strings.Repeat("\x01\x02a", 50),
	} {
		r, err := Parse("x.md", []byte(src))
		if err == nil || r != nil {
			t.Errorf("%s: parsed", name)
			continue
		}
		if !strings.HasPrefix(err.Error(), "x.md is ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestJSONHasNoNullLists keeps lists as [] where they are empty: scripts index them.
func TestJSONHasNoNullLists(t *testing.T) {
	allowed := map[string]bool{"response_seconds": true, "update_seconds": true, "resolution_seconds": true,
		"estimate_seconds": true, "approval": true, "postmortem": true, "expect": true, "level": true}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, e := range v {
				if e == nil && !allowed[k] {
					t.Errorf("%s.%s is null", path, k)
				}
				walk(path+"."+k, e)
			}
		case []any:
			for _, e := range v {
				walk(path+"[]", e)
			}
		}
	}
	for _, r := range []*Runbook{seed(t), parsed(t, "words")} {
		var v any
		if err := json.Unmarshal([]byte(short(t, r)), &v); err != nil {
			t.Fatal(err)
		}
		walk("", v)
	}
}

// TestIDsAreUnique holds for every file: ticks and answers hang on them.
func TestIDsAreUnique(t *testing.T) {
	for _, path := range append(corpus(t), "testdata/seed.md") {
		seen := map[string]bool{}
		r := load(t, path)
		add := func(id string) {
			if id == "" || seen[id] {
				t.Errorf("%s: ID %q twice or empty", filepath.Base(path), id)
			}
			seen[id] = true
		}
		for _, p := range r.parts() {
			add(p.ID)
		}
		r.EachStep(func(s StepRef) bool { add(s.Step.ID); return true })
		for _, s := range r.Severities {
			for _, c := range s.Criteria {
				add(c.ID)
			}
		}
		for _, s := range r.Scenarios {
			for _, it := range s.Resolution {
				add(it.ID)
			}
			for _, y := range s.Symptoms {
				add(y.ID)
			}
		}
		for _, c := range r.Checklists {
			for _, it := range c.Items {
				add(it.ID)
			}
		}
	}
}

// FuzzParse looks for crashes, for bytes in no part, and for time that does not grow with the text.
func FuzzParse(f *testing.F) {
	seedText, err := os.ReadFile("testdata/seed.md")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(seedText))
	for _, s := range []string{"# a\n", "```\nunclosed\n\n## b\n", "| a | b |\n|--|--|\n| P0 | x |\n", "- [ ] x\n", "---\na: b\n---\n", "**P0**: x\n\n**P1**: y\n", "<details>\n\n> q\n", "*** "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		r, err := Parse("fuzz.md", []byte(text))
		if took := time.Since(start); took > 2*time.Second+time.Duration(len(text))*20*time.Microsecond {
			t.Fatalf("%d bytes took %s", len(text), took)
		}
		if err != nil {
			return
		}
		if rebuilt(r) != text {
			t.Fatal("bytes in no part")
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	})
}
