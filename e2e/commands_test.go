package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts drive the real binary as a shell would. Besides testscript's own commands they have:
//
//	calm CODE ARGS…   runs calm, checks its exit code and what is promised of every command
//	json PATH VALUE   compares a part of the last command's document: level, signals.0.name
//	mkbinary FILE     makes a file that is no text
//	tamper OLD NEW    changes a journal under the state folder behind calm's back
//
// They run in a zone far from UTC, so that a time in local time shows.
func TestCommands(t *testing.T) {
	t.Parallel()
	book, err := filepath.Abs(seed)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(binary)+string(filepath.ListSeparator)+os.Getenv("PATH"))
			env.Setenv("TZ", "Pacific/Kiritimati")
			env.Setenv("USER", "ana")
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("SEED", book)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"calm": calmInScript, "json": jsonInScript, "tamper": tamperInScript, "mkbinary": binaryInScript},
	})
}

func calmInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: calm CODE ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var ended *exec.ExitError
	if err := ts.Exec("calm", args[1:]...); errors.As(err, &ended) {
		code = ended.ExitCode()
	} else if err != nil {
		ts.Fatalf("calm: %v", err)
	}
	if code != want {
		ts.Fatalf("exit %d, not %d", code, want)
	}
	if problem := promises(args[1:], code, ts.ReadFile("stdout"), ts.ReadFile("stderr")); problem != "" {
		ts.Fatalf("%s", problem)
	}
}

// promises is what holds for every command: errors are one line on stderr that is no stack trace,
// and --json is one document on stdout and nothing else.
func promises(args []string, code int, stdout, stderr string) string {
	all := stdout + stderr
	switch {
	case strings.Contains(all, "goroutine ") || strings.Contains(all, "panic:") || strings.Contains(all, "%!"):
		return "a stack trace, or a broken format"
	case code == 2 && isLint(args) && stdout != "": // it goes on with the files that can be read
	case code == 2 && (strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "calm: ")):
		return fmt.Sprintf("an error is one line that begins with calm: %q", stderr)
	case code == 2 && stdout != "" && !isCheck(args):
		return fmt.Sprintf("an error, and yet on stdout: %q", stdout)
	}
	for _, a := range args {
		if a == "--json" && stdout != "" {
			return documented(stdout)
		}
	}
	return ""
}

func isCheck(args []string) bool { return len(args) > 0 && args[0] == "check" }

func isLint(args []string) bool { return len(args) > 1 && args[0] == "runbook" && args[1] == "lint" }

// documented says what is wrong with a document, by the promises on all of them; nothing is empty.
func documented(text string) string {
	var doc any
	dec := json.NewDecoder(strings.NewReader(text))
	if err := dec.Decode(&doc); err != nil {
		return "not JSON: " + err.Error()
	}
	if rest, err := dec.Token(); err == nil {
		return fmt.Sprintf("more after the document: %v", rest)
	}
	return judge("", doc)
}

var (
	snake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	// keyed are objects whose keys are data: a role, a question's ID, a line of the runbook's head.
	keyed = map[string]bool{"metadata": true, "answers": true, "roles": true}
)

func judge(path string, v any) string {
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			if !snake.MatchString(name) && !keyed[path[strings.LastIndex(path, ".")+1:]] {
				return fmt.Sprintf("%s.%s is not snake_case", path, name)
			}
			if problem := judge(path+"."+name, child); problem != "" {
				return problem
			}
		}
	case []any:
		for _, child := range v {
			if problem := judge(path, child); problem != "" {
				return problem
			}
		}
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil && at.Location() != time.UTC {
			return fmt.Sprintf("%s is %s, which is not in UTC", path, v)
		}
	}
	return ""
}

func binaryInScript(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("\x7fELF\x02\x01\x00\x00\xff\xfe# SEV-1"), 0o600))
}

func tamperInScript(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 || len(args[0]) != len(args[1]) {
		ts.Fatalf("usage: tamper OLD NEW, of the same length")
	}
	segments, err := filepath.Glob(filepath.Join(ts.Getenv("CALM_STATE"), "incidents", "*", "journal", "*.jsonl"))
	ts.Check(err)
	for _, path := range segments {
		text, err := os.ReadFile(path)
		ts.Check(err)
		if forged := bytes.Replace(text, []byte(args[0]), []byte(args[1]), 1); !bytes.Equal(forged, text) {
			ts.Check(os.WriteFile(path, forged, 0o600))
			return
		}
	}
	ts.Fatalf("%q is in no journal: %v", args[0], segments)
}

func jsonInScript(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: json PATH VALUE")
	}
	var doc any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &doc))
	found, err := at(doc, args[0])
	ts.Check(err)
	if same := found == args[1]; same == neg {
		ts.Fatalf("%s is %s", args[0], found)
	}
}

// at finds a part of a document, as JSON: severities.0.names, or severities.len for how many.
func at(doc any, path string) (string, error) {
	for name := range strings.SplitSeq(path, ".") {
		switch v := doc.(type) {
		case map[string]any:
			child, ok := v[name]
			if !ok {
				return "", fmt.Errorf("no %s of %s", name, path)
			}
			doc = child
		case []any:
			if name == "len" {
				return strconv.Itoa(len(v)), nil
			}
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(v) {
				return "", fmt.Errorf("no %s of %s: the list has %d", name, path, len(v))
			}
			doc = v[i]
		default:
			return "", fmt.Errorf("no %s of %s: it is %v", name, path, v)
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(doc)
	return strings.TrimSpace(out.String()), err
}

// Every public runbook loads: no template is needed, and none of them breaks anything.
func TestRunbookShowTakesEveryRunbook(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../shared/corpus/*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no public runbooks beside the checkout")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			cmd := exec.Command(binary, "runbook", "show", file, "--json")
			var out, problem strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &problem
			if err := cmd.Run(); err != nil || problem.Len() > 0 {
				t.Fatalf("%v: %s", err, problem.String())
			}
			if wrong := documented(out.String()); wrong != "" {
				t.Error(wrong)
			}
		})
	}
}
