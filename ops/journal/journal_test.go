package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
	"calm/ops"
)

var ctx = context.Background()

func note(format string, args ...any) incident.Draft {
	return incident.Draft{Type: incident.Note, Actor: incident.Actor{Name: "ana", UID: 1001, LoginUID: -1}, Data: incident.NoteData{Text: fmt.Sprintf(format, args...)}}
}

func declare(number int, title string) incident.Draft {
	return incident.Draft{Type: incident.Declared, Actor: Self(), Data: incident.DeclaredData{Number: number, Title: title, Level: 2}}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newState(t testing.TB) *Dir {
	t.Helper()
	if t, ok := t.(*testing.T); ok {
		t.Setenv("CALM_SPOOL", filepath.Join(t.TempDir(), "spool"))
	}
	return must(Open(filepath.Join(t.TempDir(), "state")))(t)
}

// newJournal is incident 1, declared, with so many notes.
func newJournal(t testing.TB, d *Dir, notes int) *Journal {
	t.Helper()
	j := must(d.Create(0, "Product search: failing!", []byte("# Runbook\n")))(t)
	t.Cleanup(func() { _ = j.Close() })
	must(j.Append(ctx, declare(1, "product search failing")))(t)
	for n := range notes {
		must(j.Append(ctx, note("note %d", n)))(t)
	}
	return j
}

func reopen(t testing.TB, d *Dir) (*Journal, []incident.Event) {
	t.Helper()
	j, events, err := d.OpenIncident(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, events
}

func texts(t testing.TB, events []incident.Event) []string {
	t.Helper()
	var out []string
	for _, e := range events {
		if e.Type != incident.Note {
			out = append(out, string(e.Type))
			continue
		}
		var d incident.NoteData
		if err := e.Decode(&d); err != nil {
			t.Fatal(err)
		}
		out = append(out, d.Text)
	}
	return out
}

func gapless(t testing.TB, events []incident.Event) {
	t.Helper()
	for at, e := range events {
		if e.Seq != uint64(at+1) {
			t.Fatalf("event %d is numbered %d", at+1, e.Seq)
		}
	}
}

func segmentPath(j *Journal, n int) string { return filepath.Join(j.folder(), segmentName(n)) }

func TestAppendedIsThereAgain(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 3)
	got := must(j.Append(ctx, note("a\nb <&> \u2028 \x00"), incident.Draft{Type: incident.Acknowledged, Actor: Calm()}))(t)
	if len(got) != 2 || got[0].Seq != 5 || got[1].Seq != 6 || got[1].Data != nil {
		t.Fatalf("appended %+v", got)
	}
	_, events := reopen(t, d)
	gapless(t, events)
	if want := []string{"declared", "note 0", "note 1", "note 2", "a\nb <&> \u2028 \x00", "acknowledged"}; !slices.Equal(texts(t, events), want) {
		t.Errorf("%q, want %q", texts(t, events), want)
	}
	if !bytes.Equal(events[4].Data, got[0].Data) || !events[4].At.Equal(got[0].At) || events[4].Actor != got[0].Actor {
		t.Errorf("read back %+v, appended %+v", events[4], got[0])
	}
}

// What RELIABILITY.md says of the format, checked without the package's own reader.
func TestFormat(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 5)
	if !regexp.MustCompile(`/incidents/0001-\d{8}-product-search-failing$`).MatchString(j.Path()) {
		t.Errorf("folder %s", j.Path())
	}
	info := must(os.Stat(segmentPath(j, 1)))(t)
	if info.Size() != 4<<20 || info.Mode().Perm() != 0o600 {
		t.Errorf("segment has %d bytes, mode %v", info.Size(), info.Mode())
	}
	data := must(os.ReadFile(segmentPath(j, 1)))(t)
	written := bytes.TrimRight(data, "\n")
	prev := strings.Repeat("0", 64)
	keys := regexp.MustCompile(`^\{"v":1,"seq":\d+,"id":"[0-9A-Z]{26}","t":"[^"]+Z","boot":"[^"]*","bt":\d+,"host":"[^"]*","actor":\{.*\},"type":"[a-z_]+",("data":.*,)?"prev":"[0-9a-f]{64}","crc":"[0-9a-f]{8}"\}$`)
	for n, line := range bytes.Split(written, []byte("\n")) {
		if !keys.Match(line) {
			t.Fatalf("line %d: %s", n+1, line)
		}
		var r struct {
			Seq       int
			Prev, CRC string
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		body := line[:bytes.LastIndex(line, []byte(`,"crc"`))]
		if crc := fmt.Sprintf("%08x", crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))); crc != r.CRC || r.Prev != prev || r.Seq != n+1 {
			t.Fatalf("line %d: seq %d, crc %s (%s), prev %s (%s)", n+1, r.Seq, r.CRC, crc, r.Prev, prev)
		}
		sum := sha256.Sum256(line)
		prev = hex.EncodeToString(sum[:])
	}
	if r := must(j.Verify())(t); r.Head != prev || r.Records != 6 || r.LastSeq != 6 || r.Segments != 1 {
		t.Errorf("report %+v, head should be %s", r, prev)
	}
	for _, name := range []string{outputsDir, draftsDir, journalDir} {
		if info := must(os.Stat(filepath.Join(j.Path(), name)))(t); !info.IsDir() || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v", name, info.Mode())
		}
	}
	if book := must(j.RunbookText(digest([]byte("# Runbook\n"))))(t); string(book) != "# Runbook\n" {
		t.Errorf("runbook %q", book)
	}
}

func TestListAndCurrent(t *testing.T) {
	d := newState(t)
	if _, ok, err := d.Current(); ok || err != nil {
		t.Fatalf("an incident in an empty folder: %v", err)
	}
	newJournal(t, d, 0)
	two := must(d.Create(0, "Zweiter Ausfall — Ärger", nil))(t)
	defer two.Close()
	if n, ok, _ := d.Current(); !ok || n != 1 {
		t.Errorf("current %d; one that was never declared does not count", n)
	}
	must(two.Append(ctx, declare(2, "second")))(t)
	if n, ok, _ := d.Current(); !ok || n != 2 {
		t.Errorf("current %d, want 2", n)
	}
	must(two.Append(ctx, incident.Draft{Type: incident.Closed, Actor: Self()}))(t)
	if n, ok, _ := d.Current(); !ok || n != 1 {
		t.Errorf("current %d after 2 was closed, want 1", n)
	}
	if err := os.Mkdir(filepath.Join(d.incidents(), "0009-20260101-broken-one"), 0o700); err != nil {
		t.Fatal(err)
	}
	list := must(d.List())(t)
	if len(list) != 3 || list[0].Title != "product search failing" || !list[0].Open() || list[1].Open() || list[1].Level != 2 {
		t.Errorf("%+v", list)
	}
	if last := list[2]; last.Number != 9 || last.Title != "broken one" || last.Err == nil || last.Open() {
		t.Errorf("one that can't be read: %+v", last)
	}
	if j := must(d.Create(0, "", nil))(t); j.Number() != 10 || !strings.HasSuffix(j.Path(), "-incident") {
		t.Errorf("next is %d in %s", j.Number(), j.Path())
	}
	if _, err := d.Create(2, "again", nil); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("number 2 again: %v", err)
	}
	if _, _, err := d.OpenIncident(77); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("incident 77: %v", err)
	}
}

func TestTwoConsolesShareAJournal(t *testing.T) {
	d := newState(t)
	d.sizes = []int64{4096} // so that it goes through several segments
	a := newJournal(t, d, 0)
	b, _ := reopen(t, d)
	var seen []incident.Event
	for n := range 60 {
		j := []*Journal{a, b}[n%2]
		must(j.Append(ctx, note("%d", n)))(t)
		last := uint64(0)
		if len(seen) > 0 {
			last = seen[len(seen)-1].Seq
		}
		seen = append(seen, must(a.Since(last))(t)...)
	}
	gapless(t, seen)
	if len(seen) != 61 {
		t.Fatalf("%d events, want 61", len(seen))
	}
	if r := must(b.Verify())(t); r.Segments < 4 {
		t.Errorf("%d segments; the test means to see several", r.Segments)
	}
	if again := must(a.Since(61))(t); len(again) != 0 {
		t.Errorf("%d events after the last", len(again))
	}
}

func TestBadDraftsCostNothing(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 0)
	for name, data := range map[string]any{
		"not JSON":  func() {},
		"too large": incident.NoteData{Text: strings.Repeat("x", maxRecord)},
		"raw":       json.RawMessage(`{"broken`),
	} {
		if _, err := j.Append(ctx, incident.Draft{Type: incident.Note, Data: data}); ops.CodeOf(err) != ops.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := j.Append(ctx, incident.Draft{}); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("no type: %v", err)
	}
	must(j.Append(ctx, note("fine")))(t)
	_, events := reopen(t, d)
	if got := texts(t, events); !slices.Equal(got, []string{"declared", "fine"}) {
		t.Errorf("%q", got)
	}
}

func TestClosedJournal(t *testing.T) {
	j := newJournal(t, newState(t), 0)
	if err := errors.Join(j.Close(), j.Close()); err != nil {
		t.Fatal(err)
	}
	_, appendErr := j.Append(ctx, note("late"))
	_, sinceErr := j.Since(0)
	_, verifyErr := j.Verify()
	for _, err := range []error{appendErr, sinceErr, verifyErr} {
		if err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%v, want to hear that it is closed", err)
		}
	}
}

func TestLockIsWaitedForNotForEver(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 0)
	other := must(openLock(filepath.Join(j.folder(), lockName)))(t)
	defer other.close()
	if err := other.acquire(ctx, time.Second); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := j.Append(short, note("x")); ops.CodeOf(err) != ops.Conflict || !strings.Contains(err.Error(), "another calm") {
		t.Errorf("held: %v", err)
	}
	if _, err := j.Since(0); err != nil {
		t.Errorf("reading waits for writers: %v", err)
	}
	other.release()
	must(j.Append(ctx, note("x")))(t)
}

func TestLockFileReplaced(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 0)
	if err := os.Remove(filepath.Join(j.folder(), lockName)); err != nil {
		t.Fatal(err)
	}
	other := must(openLock(filepath.Join(j.folder(), lockName)))(t)
	defer other.close()
	if err := other.acquire(ctx, time.Second); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := j.Append(short, note("x")); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("appended past a lock on the new file: %v", err)
	}
}

func TestOutputs(t *testing.T) {
	j := newJournal(t, newState(t), 0)
	sha := must(j.SaveOutput("01JD", []byte("hello")))(t)
	if sha != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Errorf("hash %s", sha)
	}
	if got := must(j.Output("01JD"))(t); string(got) != "hello" {
		t.Errorf("%q", got)
	}
	for _, op := range []string{"", "../x", "a/b", ".hidden", strings.Repeat("x", 99)} {
		if _, err := j.SaveOutput(op, nil); ops.CodeOf(err) != ops.Invalid {
			t.Errorf("%q: %v", op, err)
		}
	}
	if _, err := j.Output("none"); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("output that nobody kept: %v", err)
	}
}

func TestPresence(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 0)
	mine := must(j.Join("ana"))(t)
	cmd, lines := helper(t, "console", d.Path())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	_ = cmd // its standard input is empty: it leaves at once, after it has joined
	for lines.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if others := must(j.Others())(t); len(others) != 0 {
		t.Errorf("somebody left, and is still here: %v", others)
	}
	second, _ := reopen(t, d)
	others := must(second.Others())(t)
	if len(others) != 1 || others[0].User != "ana" || others[0].PID != os.Getpid() {
		t.Fatalf("%v, want ana", others)
	}
	want := fmt.Sprintf("ana has this incident open since %s UTC (pid %d)", others[0].Since.Format("15:04"), os.Getpid())
	if got := others[0].String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := mine.Leave(); err != nil {
		t.Fatal(err)
	}
	if others := must(second.Others())(t); len(others) != 0 {
		t.Errorf("left, and still here: %v", others)
	}
}
