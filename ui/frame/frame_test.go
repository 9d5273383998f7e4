package frame_test

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"calm/model/incident"
	"calm/model/signal"
	"calm/ui/frame"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
	"calm/ui/theme"
)

// line is one line of the header.
func line(s pane.State, w, n int) string {
	return strings.TrimRight(strings.Split(ansi.Strip(frame.Header(s, w)), "\n")[n], " ")
}

func TestHeaderSaysWhatIs(t *testing.T) {
	var none theme.Styles
	for _, c := range []struct {
		s    pane.State
		w, n int
		want string
	}{
		{panetest.Watch(none), 80, 0, " WATCH  aurora-concierge on prod-1                    no incident  03:00:12 UTC"},
		{panetest.Watch(none), 80, 2, "   out  none · 13 of 13 signals read, oldest 18 s ago"},
		{panetest.Out(none), 80, 0, " SEV-2? aurora-concierge on prod-1                   not declared  03:07:12 UTC"},
		{panetest.Out(none), 80, 1, "   why  ▲ SEV-2 suggested: error ratio 31 % ≥ 20 % for 3m, p95 > 5 s"},
		{panetest.Out(none), 80, 2, "   out  ▲ error ratio 31 %  ▲ p95 6.4 s  ▲ pool 10 of 10  ? db health    5m 02s"},
		{panetest.Out(none), 80, 3, " clock  none until declared · SEV-2 wants a response in 30m: 24:58 left"},
		{panetest.Declared(none), 80, 0, " SEV-2  aurora-concierge · product search failing          #7 ana  03:26:48 UTC"},
		{panetest.Declared(none), 80, 1, "   why   ▲ SEV-1 suggested   error ratio 58 % > 50 % for 2m 12s        s decide"},
		{panetest.Declared(none), 80, 2, "   out  ▲ error ratio 58 %  ▲ p95 8.2 s  ▲ db health  ▲ pool 10 of 10       24m"},
		{panetest.Declared(none), 80, 3, " clock  ▸ escalate to L2 11:14   update 12:22   resolve 3:41:14      open 18:46"},
		{panetest.Declared(none), 60, 0, " SEV-2  product search failing                     03:26:48"},
		{panetest.Declared(none), 60, 2, "   out  ▲ error ratio 58 %  ▲ p95 8.2 s  +2             24m"},
		{panetest.Running(none), 80, 1, "   why  SEV-1 declared 03:28:10 by ana: error ratio 58 % > 50 %"},
		{panetest.Worked(none), 80, 1, "   why  ✓ nothing is out of bounds; lowering it is yours               s decide"},
		{panetest.Worked(none), 80, 2, "   out  ✓ none out now · 13 in bounds                                       31m"},
	} {
		if got := line(c.s, c.w, c.n); got != c.want {
			t.Errorf("at %d columns:\n got %q\nwant %q", c.w, got, c.want)
		}
	}
}

// TestUnknownIsNeverWell: what is not known is said, and nothing in the header calls it well.
func TestUnknownIsNeverWell(t *testing.T) {
	s := panetest.Watch(theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor}))
	for n, r := range s.Snapshot.Readings {
		r.Status, r.Sample.Err = signal.Unknown, "connection refused"
		s.Snapshot.Readings[n] = r
	}
	head := frame.Header(s, 80)
	if strings.Contains(head, s.Theme.ChipWatch.Open()) || strings.Contains(head, s.Theme.OK.Open()) {
		t.Errorf("something is drawn as well:\n%s", ansi.Strip(head))
	}
	if !strings.Contains(line(s, 80, 1), "nothing is known yet") || !strings.Contains(line(s, 80, 2), "? 13 unknown") {
		t.Errorf("%s", ansi.Strip(head))
	}
	// After a declaration too: no readings is not a recovery.
	s = panetest.Worked(theme.Styles{})
	for n, r := range s.Snapshot.Readings {
		r.Status = signal.Unknown
		s.Snapshot.Readings[n] = r
	}
	if got := line(s, 80, 1) + line(s, 80, 2); strings.Contains(got, "✓") || !strings.Contains(got, "some is unknown") {
		t.Errorf("%s", got)
	}
}

func TestClocksByHowMuchIsLeft(t *testing.T) {
	st := theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})
	s := panetest.Declared(st)
	clock := func(left time.Duration) incident.Clock {
		return incident.Clock{ID: incident.ClockUpdate, Label: "update", Left: left, Total: 30 * time.Minute, Overdue: left < 0}
	}
	for left, want := range map[time.Duration]string{
		20 * time.Minute:                 st.Bold.Render("▸ update 20:00"),
		10 * time.Minute:                 st.WarnBold.Render("▸ update 10:00"),
		2 * time.Minute:                  st.BadBold.Render("▸ update 2:00"),
		-(2*time.Minute + 2*time.Second): st.Critical.Render(" ▸ update overdue 2:02 "),
	} {
		s.Clocks = []incident.Clock{clock(left)}
		if got := frame.Header(s, 80); !strings.Contains(got, want) {
			t.Errorf("%v left: no %q in %q", left, want, got)
		}
	}
}

func TestTheOpenTimeIsNeverCut(t *testing.T) {
	s := panetest.Declared(theme.Styles{})
	for i := range 6 {
		s.Clocks = append(s.Clocks, incident.Clock{Label: "another clock", Left: time.Duration(i+5) * time.Hour, Total: 24 * time.Hour})
	}
	for w := 76; w < 200; w++ {
		if got := line(s, w, 3); !strings.HasSuffix(got, "open 18:46") || strings.Contains(got, "…") {
			t.Fatalf("at %d: %q", w, got)
		}
	}
}

func TestObserverAndDrill(t *testing.T) {
	s := panetest.Declared(theme.Styles{})
	s.Observe, s.Incident.Drill = true, true
	if got := line(s, 80, 0); !strings.Contains(got, "OBSERVER") || !strings.Contains(got, "drill #7") {
		t.Errorf("%q", got)
	}
}

func TestNext(t *testing.T) {
	s := panetest.Declared(theme.Styles{})
	if got, want := frame.Next(s, 80), " next   1 Restart application to clear pool  pm2 restart glowglitch-a… changes  "; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	s.Next.Risk = "destroys"
	if got := frame.Next(s, 80); !strings.HasSuffix(got, " DESTROYS  ") {
		t.Errorf("%q", got)
	}
}

func TestKeysKeepTheWayOut(t *testing.T) {
	st := theme.Styles{}
	hints := []frame.Hint{{".", "propose"}, {"space", "tick"}, {"s", "severity"}, {"n", "note"}, {"m", "message"}, {":", "all"}, {"?", "help"}, {"q", "leave"}}
	for w, want := range map[int]string{
		100: "        . propose   space tick   s severity   n note   m message   : all   ? help   q leave",
		60:  "        . propose   space tick   s severity   ? help",
		20:  "        ? help",
		8:   "",
	} {
		if got := strings.TrimRight(frame.Keys(hints, w, &st), " "); w != 60 && got != strings.TrimRight(want, " ") {
			t.Errorf("at %d: %q, want %q", w, got, want)
		} else if w == 60 && (!strings.Contains(got, "? help") || !strings.Contains(got, "q leave") || !strings.Contains(got, ". propose")) {
			t.Errorf("at 60: %q", got)
		}
	}
}

func TestBandKeepsItsGroundUnderAStyledRemark(t *testing.T) {
	st := theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})
	for _, remark := range []string{"plain", st.Text.Render("declared SEV-2, ") + st.BadBold.Render("SEV-1 suggested"), strings.Repeat("long ", 40)} {
		got := frame.Band("2 SEVERITY", remark, false, 53, &st)
		if n := ansi.StringWidth(got); n != 53 {
			t.Errorf("%q: %d columns", remark, n)
		}
		for _, part := range strings.Split(got, theme.Reset) {
			if ansi.Strip(part) != "" && !strings.Contains(part, "48;2;36;40;56") {
				t.Errorf("%q: %q has no ground", remark, part)
			}
		}
	}
}

func TestTooSmall(t *testing.T) {
	got := strings.Split(frame.TooSmall(panetest.Declared(theme.Styles{}), 60, 6), "\n")
	if len(got) != 2 || strings.TrimRight(got[0], " ") != "calm  SEV-2  error ratio 58 %  L2 in 11:14" || !strings.HasPrefix(got[1], "needs 60×18, has 60×6; nothing stopped") {
		t.Errorf("%q", got)
	}
}

func TestBanner(t *testing.T) {
	s := panetest.Declared(theme.Styles{})
	s.Banner = &pane.Banner{Text: "JOURNAL NOT WRITABLE  disk full 0:42", Help: "Reads go on; changing and destroying are refused."}
	if got := frame.Banner(s, 120); strings.Contains(got, "\n") || !strings.Contains(got, "refused.") {
		t.Errorf("%q", got)
	}
	if got := strings.Split(frame.Banner(s, 80), "\n"); len(got) != 2 || len(got) != frame.BannerLines(s, 80) {
		t.Errorf("%q", got)
	}
}
