package screen

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/vt"
)

// show feeds what a screen wrote to a terminal emulator and gives the picture.
func show(t *testing.T, w, h int, written string) string {
	t.Helper()
	emu := vt.NewEmulator(w, h)
	defer emu.Close()
	go func() {
		buf := make([]byte, 256)
		for {
			if _, err := emu.Read(buf); err != nil {
				return
			}
		}
	}()
	if _, err := emu.Write([]byte(written)); err != nil {
		t.Fatal(err)
	}
	return emu.String()
}

func TestDrawReachesTheTerminal(t *testing.T) {
	var out bytes.Buffer
	s := New(nil, &out, []string{"TERM=xterm-256color"})
	s.On()
	s.Resize(20, 3)
	s.Draw(Frame{Content: "one\n\x1b[1mtwo\x1b[m\nthree"})
	got := show(t, 20, 3, out.String())
	for _, want := range []string{"one", "two", "three"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not on the screen:\n%s", want, got)
		}
	}
}

func TestOnlyChangesAreWritten(t *testing.T) {
	var out bytes.Buffer
	s := New(nil, &out, []string{"TERM=xterm-256color"})
	s.On()
	s.Resize(80, 24)
	page := func(clock int) Frame {
		return Frame{Content: strings.Repeat(strings.Repeat("x", 80)+"\n", 23) + fmt.Sprintf("03:00:%02d", clock)}
	}
	s.Draw(page(1))
	out.Reset()
	s.Draw(page(1))
	if out.Len() != 0 {
		t.Errorf("the same frame again wrote %q", out.String())
	}
	s.Draw(page(2))
	if out.Len() == 0 || out.Len() > 40 {
		t.Errorf("one changed digit wrote %d bytes: %q", out.Len(), out.String())
	}
}

func TestOffGivesTheTerminalBack(t *testing.T) {
	var out bytes.Buffer
	s := New(nil, &out, []string{"TERM=xterm-256color"})
	s.On()
	s.Resize(10, 2)
	s.Draw(Frame{Content: "hello"})
	s.Off()
	s.Off()
	for _, mode := range []string{"\x1b[?1049l", "\x1b[?2004l", "\x1b[?25h"} {
		if n := strings.Count(out.String(), mode); n != 1 {
			t.Errorf("%q was written %d times", mode, n)
		}
	}
}

// counter is a model whose picture is what it was told.
type counter struct {
	text   string
	frames int
}

func (c *counter) Init() tea.Cmd { return nil }

func (c *counter) Update(msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		c.text += k.String()
	}
	return nil
}

func (c *counter) Frame() Frame {
	c.frames++
	return Frame{Content: c.text}
}

func TestAKeyIsDrawnAtOnceAndAFloodIsNot(t *testing.T) {
	var out bytes.Buffer
	s := New(nil, &out, []string{"TERM=xterm-256color"})
	s.On()
	now := time.Unix(0, 0)
	m := &counter{}
	p := &program{inner: m, screen: s, now: func() time.Time { return now }}
	p.Update(tea.WindowSizeMsg{Width: 20, Height: 2})
	p.Update(tea.KeyPressMsg{Code: 'a', Text: "a"})
	if !strings.Contains(show(t, 20, 2, out.String()), "a") {
		t.Error("the key was not drawn at once")
	}
	before := m.frames
	held := 0
	for range 1000 {
		if _, cmd := p.Update("a line"); cmd != nil {
			held++
		}
	}
	if m.frames != before || held != 1 {
		t.Errorf("a flood drew %d frames and asked for %d", m.frames-before, held)
	}
	p.Update(drawMsg{})
	if m.frames != before+1 {
		t.Error("the frame that was held back was not drawn")
	}
}

func TestAnUnknownSizeChangesNothing(t *testing.T) {
	var out bytes.Buffer
	s := New(nil, &out, []string{"TERM=xterm-256color"})
	s.On()
	m := &counter{text: "here"}
	p := &program{inner: m, screen: s, now: time.Now}
	p.Update(tea.WindowSizeMsg{Width: 20, Height: 2})
	p.Update(tea.WindowSizeMsg{})
	p.Update(tea.KeyPressMsg{Code: 'b', Text: "b"})
	if got := show(t, 20, 2, out.String()); !strings.Contains(got, "hereb") {
		t.Errorf("after a size of 0×0 the screen shows %q", got)
	}
}
