package revision_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"calm/model/runbook"
	"calm/model/runbook/revision"
)

const text = `# Shop

## Rollback Procedures

### By flag

` + "```bash" + `
# Turn it off
export FLAG=off

# Restart
pm2 restart shop
` + "```" + `

### Code

**Required approval**: CTO

` + "```bash" + `
# Go back
git checkout v1

# Restart
pm2 restart shop --update-env
` + "```" + `

## Incident Checklist

- [ ] Tell support
- [ ] Tell sales
`

func parse(t *testing.T, source string) *runbook.Runbook {
	t.Helper()
	rb, err := runbook.Parse("shop.md", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return rb
}

// edited compares the text with one in which pairs are replaced.
func edited(t *testing.T, pairs ...string) (revision.Difference, *runbook.Runbook) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in the text", pairs[i])
		}
	}
	now := parse(t, strings.NewReplacer(pairs...).Replace(text))
	return revision.Compare(parse(t, text), now), now
}

func told(d revision.Difference) string {
	var out []string
	for _, c := range d.Changes {
		out = append(out, c.Kind+" "+c.Title)
	}
	return strings.Join(out, "; ")
}

func TestCompare(t *testing.T) {
	for name, x := range map[string]struct {
		pairs []string
		told  string
		words string
	}{
		"nothing":       {nil, "", "no step changed"},
		"prose":         {[]string{"# Shop\n", "# Shop\n\nSome words.\n"}, "", "no step changed"},
		"a command":     {[]string{"git checkout v1", "git checkout v2"}, "changed Go back", "1 step changed"},
		"a step before": {[]string{"# Turn it off", "# Restart\npm2 reload shop\n\n# Turn it off"}, "new Restart", "1 step new"},
		"a step gone":   {[]string{"# Turn it off\nexport FLAG=off\n\n", ""}, "gone Turn it off", "1 step gone"},
		"an order": {[]string{"# Turn it off\nexport FLAG=off\n\n# Restart\npm2 restart shop\n", "# Restart\npm2 restart shop\n\n# Turn it off\nexport FLAG=off\n"},
			"moved Turn it off", "1 step moved"},
		"an approval":  {[]string{"CTO", "nobody in particular"}, "", "who must agree, or a caution, changed"},
		"a title only": {[]string{"# Go back", "# Go to the last good one"}, "", "no step changed"},
		"two and one": {[]string{"export FLAG=off", "export FLAG=no", "git checkout v1", "git checkout v2", "shop --update-env\n", "shop --update-env\n\n# Look\npm2 list\n"},
			"changed Turn it off; changed Go back; new Look", "2 steps changed, 1 new"},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := edited(t, x.pairs...)
			if got := told(d); got != x.told || d.Steps() != x.words {
				t.Errorf("it tells %q, %q", got, d.Steps())
			}
		})
	}
}

// TestMoves: what is known by an ID stays with its own text, though another step has the ID now.
func TestMoves(t *testing.T) {
	was := parse(t, text)
	d, now := edited(t, "# Turn it off", "# Restart\npm2 reload shop\n\n# Turn it off")
	old, _ := step(was, "pm2 restart shop\n")
	new, _ := step(now, "pm2 restart shop\n")
	other, _ := step(now, "pm2 reload shop\n")
	if old.ID == new.ID || other.ID != old.ID {
		t.Fatalf("the test has no IDs that move: %s, %s, %s", old.ID, new.ID, other.ID)
	}
	if d.ID(old.ID) != new.ID || d.Step(other.ID) != revision.Added || d.Step(new.ID) != "" {
		t.Errorf("%s is now %s; %+v", old.ID, d.ID(old.ID), d)
	}
	d, _ = edited(t, "- [ ] Tell support\n", "- [ ] Tell everybody\n- [ ] Tell support\n")
	if len(d.Gone) != 0 || len(d.Changes) != 0 {
		t.Errorf("an item before another one: %+v", d)
	}
}

func step(rb *runbook.Runbook, command string) (found runbook.Step, ok bool) {
	rb.EachStep(func(ref runbook.StepRef) bool {
		if strings.TrimSpace(ref.Step.Text) == strings.TrimSpace(command) {
			found, ok = ref.Step, true
		}
		return !ok
	})
	return found, ok
}

// TestParts names what an approval was given for and is not any more.
func TestParts(t *testing.T) {
	_, now := edited(t)
	flag, code := now.Procedures[0].ID, now.Procedures[1].ID
	for pair, want := range map[[2]string][]string{
		{"git checkout v1", "git checkout v2"}:               {code},
		{"CTO", "the CEO"}:                                   {code},
		{"export FLAG=off\n\n", "export FLAG=off\ntrue\n\n"}: {flag},
		{"# Shop", "# The shop"}:                             nil,
	} {
		if d, _ := edited(t, pair[0], pair[1]); !slices.Equal(d.Parts, want) {
			t.Errorf("%q: %v, not %v", pair, d.Parts, want)
		}
	}
	// A heading that is written anew is the same part, and what is in it the same steps.
	d, now := edited(t, "### Code\n", "### Back to older code\n")
	if d.ID(code) != now.Procedures[1].ID || len(d.Changes) != 0 || len(d.Gone) != 0 {
		t.Errorf("%+v", d)
	}
}

func TestLines(t *testing.T) {
	d, _ := edited(t, "git checkout v1", "git checkout \\\n  v2")
	if got := d.Changes[0].Lines(); !slices.Equal(got, []string{"- git checkout v1", "+ git checkout \\", "+   v2"}) {
		t.Errorf("%q", got)
	}
	long := revision.Change{Kind: revision.Added, Now: strings.Repeat("echo\nls\n", 40)}
	if got := long.Lines(); len(got) > 12 || !strings.Contains(got[len(got)-1], "more lines") {
		t.Errorf("%q", got)
	}
	sly := revision.Change{Kind: revision.Changed, Was: "rm a", Now: "rm \u202ea\x1b[2K"}
	if got := sly.Lines(); !strings.Contains(got[1], "<U+202E>") || strings.Contains(got[1], "\x1b") {
		t.Errorf("%q", got)
	}
}

// TestOwnText: a text does not differ from itself, and from nothing in everything; whatever it is.
func TestOwnText(t *testing.T) {
	for _, path := range []string{"../testdata/seed.md", "../../../runbooks/aurora-concierge.md"} {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rb := parse(t, string(source))
		if d := revision.Compare(rb, parse(t, string(source))); !d.None() {
			t.Errorf("%s differs from itself: %+v", path, d)
		}
		count := 0
		rb.EachStep(func(runbook.StepRef) bool { count++; return true })
		if d := revision.Compare(nil, rb); len(d.Changes) != count || len(d.Moves) != 0 {
			t.Errorf("%s: %d of %d steps are new", path, len(d.Changes), count)
		}
		if d := revision.Compare(rb, parse(t, "# Nothing\n")); len(d.Changes) != count || len(d.Gone) < count {
			t.Errorf("%s: %d of %d steps are gone", path, len(d.Changes), count)
		}
		// Text before everything moves lines and no step.
		if d := revision.Compare(rb, parse(t, "Some words before.\n\n"+string(source))); !d.None() {
			t.Errorf("%s: words before it are %s, %v", path, told(d), slices.Collect(maps.Keys(d.Moves)))
		}
	}
}

func TestCount(t *testing.T) {
	c := revision.Count{Destroys: 1, Changes: 2, Reads: 3, ByHand: 4}
	if got := fmt.Sprint(c); got != "1 destroys, 2 change, 3 read, 4 by hand" {
		t.Errorf("%q", got)
	}
	if got := revision.CountOf(parse(t, text)).String(); got != "4 change" {
		t.Errorf("%q", got)
	}
}
