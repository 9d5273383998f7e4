package shell

import (
	"fmt"
	"strings"
	"testing"
)

// spell writes calls down, so that a test can compare them.
func spell(text string, calls []Call) string {
	names := []string{"tested", "branched", "looped", "negated", "before-and", "after-and", "before-or", "after-or", "feeds", "fed", "captured", "subshell", "behind"}
	var lines []string
	for _, c := range calls {
		parts := []string{fmt.Sprintf("%d:%s", strings.Count(text[:c.Offset], "\n"), strings.Join(append([]string{c.Program}, c.Verbs...), " "))}
		for _, s := range c.Sets {
			parts = append(parts, s.Name+"=")
		}
		for i, n := range names {
			if c.In(1 << i) {
				parts = append(parts, n)
			}
		}
		for _, r := range c.Redirects {
			parts = append(parts, r.From+r.Op+r.Target.Raw)
		}
		if c.From >= 0 {
			parts = append(parts, "from "+calls[c.From].Program)
		}
		if c.To >= 0 {
			parts = append(parts, "to "+calls[c.To].Program)
		}
		if c.By >= 0 {
			parts = append(parts, "by "+calls[c.By].Program)
		}
		lines = append(lines, strings.Join(parts, " "))
	}
	return strings.Join(lines, "; ")
}

func TestCalls(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"pm2 restart app", "0:pm2 restart"},
		{"curl -s http://x/ | grep -c widget", "0:curl feeds to grep; 0:grep fed from curl"},
		{"a || b && c", "0:a before-and before-or; 0:b before-and after-or; 0:c after-and"},
		{"a && b | c", "0:a before-and; 0:b after-and feeds to c; 0:c after-and fed from b"},
		{"a | b | c", "0:a feeds to b; 0:b feeds fed from a to c; 0:c fed from b"},
		{"a;\nb", "0:a; 1:b"},
		{"if ! a; then b; else c; fi", "0:a tested negated; 0:b branched; 0:c branched"},
		{"while a; do b; done", "0:a tested; 0:b looped"},
		{"X=1 Y=2 cmd", "0:cmd X= Y="},
		{"export X=1", "0:export X="},
		{"X=$(date) >f", "0:date captured; 0: X= >f"},
		{"> access.log", "0: >access.log"},
		{"cmd <in >out 2>&1", "0:cmd <in >out 2>&1"},
		{"cmd >\"$(name)\"", "0:name captured; 0:cmd >\"$(name)\""},
		{"echo \"$(a | b)\" | c", "0:a feeds captured to b; 0:b fed captured from a; 0:echo feeds to c; 0:c fed from echo"},
		{"sudo -u app env X=1 pm2 list | grep x", "0:sudo feeds; 0:env feeds by sudo; 0:pm2 list feeds to grep by env; 0:grep fed from pm2"},
		{"(cd /srv; rm -rf x)", "0:cd subshell; 0:rm subshell"},
		{"node server.js &", "0:node behind"},
		{"pgrep x | xargs kill", "0:pgrep feeds to xargs; 0:xargs fed from pgrep; 0:kill fed by xargs"},
		{"ssh host '\n  pm2 stop app\n  rm -rf x'", "0:ssh; 1:pm2 stop by ssh; 2:rm by ssh"},
		{"ssh host \"\n  pm2 stop $APP\n  rm -rf x\"", "0:ssh; 1:pm2 stop by ssh; 2:rm by ssh"},
		{"ssh \\\n host <<EOF\npm2 stop $APP\nrm -rf x\nEOF", "0:ssh <<EOF; 2:pm2 stop by ssh; 3:rm by ssh"},
		{"ssh host <<'EOF'\npm2 stop app\nEOF", "0:ssh <<'EOF'; 1:pm2 stop by ssh"},
		{"bash -c 'sh -c \"a\nb\"'", "0:bash; 0:sh by bash; 0:a by sh; 1:b by sh"},
	} {
		if got := spell(c.text, Analyze(c.text).Calls); got != c.want {
			t.Errorf("%q\n got  %s\n want %s", c.text, got, c.want)
		}
	}
}

func TestCallWords(t *testing.T) {
	calls := Analyze(`mysql -hdb -psecret --user="$DB_USER" "$DB" -e 'SELECT 1'`).Calls
	if len(calls) != 1 {
		t.Fatalf("%d calls", len(calls))
	}
	c := &calls[0]
	if v, ok := c.Value("-h --host"); !ok || v.Text != "db" || !v.Fixed() {
		t.Errorf("-h is %q, %v", v.Text, ok)
	}
	if v, ok := c.Value("-u --user"); !ok || v.Fixed() || strings.Join(v.Variables(), " ") != "DB_USER" {
		t.Errorf("--user is %+v, %v", v, ok)
	}
	if !c.Has("-p") || c.Has("-P --port") {
		t.Error("flags are mistaken")
	}
	if w := c.Operands(); len(w) != 1 || w[0].Raw != `"$DB"` || !w[0].Quoted || strings.Join(w[0].Variables(), " ") != "DB" {
		t.Errorf("operands are %+v", w)
	}

	unknown := Analyze(`frob --depth=3 -x thing`).Calls[0]
	if v, ok := unknown.Value("--depth"); !ok || v.Text != "3" || !unknown.Has("-x") || len(unknown.Operands()) != 1 {
		t.Errorf("an unknown program's words are %+v", unknown)
	}
	raw := Analyze(`kill -USR2 $(pgrep node)`).Calls[1]
	if !raw.Has("-USR2") || len(raw.Args()) != 2 {
		t.Errorf("kill's words are %+v", raw.Args())
	}
}

// TestEndlessCalls: of several commands, the one that never ends is named.
func TestEndlessCalls(t *testing.T) {
	for text, want := range map[string]string{
		"sudo pm2 logs app | grep x": "pm2", "timeout 5 tail -f x": "tail", "pm2 monit": "pm2 pm2!", "ls; npm run dev": "npm", "vim x": "vim!", "ssh host": "ssh!", "ssh host top": "top top!",
		"top -b -n1": "", "mysql -e 'select 1'": "", "mysql": "mysql!",
	} {
		var got []string
		for _, c := range Analyze(text).Calls {
			if c.Endless {
				got = append(got, c.Program)
			}
			if c.Interactive {
				got = append(got, c.Program+"!")
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
}

// TestVariablesOfWord: quotes decide what the shell fills in.
func TestVariablesOfWord(t *testing.T) {
	for raw, want := range map[string]string{
		`$A`: "A", `"${A}/$B"`: "A B", `'$A'`: "", `"it's $A"`: "A", `\$A`: "", `--uri="$URI"`: "URI", `$(date)`: "", `$`: "", `${`: "",
	} {
		if got := strings.Join((Word{Raw: raw}).Variables(), " "); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

// TestCallsAreBounded: a text of thousands of commands keeps the first ones.
func TestCallsAreBounded(t *testing.T) {
	a := Analyze(strings.Repeat("a;", maxCalls+100) + "rm -rf /")
	if len(a.Calls) != maxCalls || a.Risk != Destroys {
		t.Errorf("%d calls, risk %s", len(a.Calls), a.Risk)
	}
}

// TestCallsOfCron: the offsets are those of the line, not of its command.
func TestCallsOfCron(t *testing.T) {
	const line = "0 */12 * * * pm2 restart app"
	steps := Split(line, "bash")
	if len(steps) != 1 || len(steps[0].Calls) != 1 || steps[0].Calls[0].Offset != strings.Index(line, "pm2") {
		t.Fatalf("%+v", steps)
	}
}
