// Package screen draws the console's frames on the terminal. Bubble Tea's own renderer asks for a
// frame many times a second whether or not anything changed, which costs more than everything else
// an idle console does, and holds every key back by half a frame. Here a frame is drawn when a
// message changed something, at once after a key, and at most every Gap otherwise.
//
// It owns the terminal's modes while it draws: alternate screen, cursor, bracketed paste. Bubble Tea
// keeps raw mode, input and signals.
package screen

import (
	"bytes"
	"io"
	"sync"

	"charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Frame is one picture of the whole screen.
type Frame struct {
	Content string // lines with SGR sequences and nothing else
	Cursor  *tea.Cursor
}

// Screen writes frames to a terminal, only what changed between them. Its methods may be called
// from several goroutines.
type Screen struct {
	mu      sync.Mutex
	out     io.Writer
	env     []string
	profile colorprofile.Profile
	w, h    int
	on      bool
	cursor  bool
	buf     bytes.Buffer
	term    *uv.TerminalRenderer
	cells   uv.ScreenBuffer
	last    Frame
	drawn   bool
	err     error
}

// New makes a screen that is not on yet. env is the environment of the terminal, for TERM.
func New(out io.Writer, env []string) *Screen {
	s := &Screen{out: out, env: env, profile: colorprofile.TrueColor}
	s.reset()
	return s
}

func (s *Screen) reset() {
	s.buf.Reset()
	s.term = uv.NewTerminalRenderer(&s.buf, s.env)
	s.term.SetColorProfile(s.profile)
	s.term.SetFullscreen(true)
	s.term.SetRelativeCursor(false)
	s.term.SetTabStops(-1)
	s.term.SetScrollOptim(true)
	s.cells = uv.NewScreenBuffer(s.w, s.h)
	s.drawn = false
}

// On takes the terminal over. It also asks the terminal for its background, whose answer comes as
// a message, or never.
func (s *Screen) On() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		return
	}
	s.on, s.cursor = true, false
	s.reset()
	s.write(ansi.SetModeAltScreenSaveCursor + ansi.EraseEntireScreen + ansi.CursorHomePosition +
		ansi.ResetModeTextCursorEnable + ansi.SetModeBracketedPaste + ansi.RequestBackgroundColor)
}

// Off gives the terminal back as it was.
func (s *Screen) Off() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on {
		return
	}
	s.on = false
	s.write(ansi.ResetStyle + ansi.ResetModeBracketedPaste + ansi.ResetModeAltScreenSaveCursor + ansi.SetModeTextCursorEnable)
}

// Resize says how large the terminal is now, in cells.
func (s *Screen) Resize(w, h int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w == s.w && h == s.h {
		return
	}
	s.w, s.h = max(0, w), max(0, h)
	s.term.Resize(s.w, s.h)
	s.erase()
	s.cells = uv.NewScreenBuffer(s.w, s.h)
}

// Profile says which colours the terminal has.
func (s *Screen) Profile(p colorprofile.Profile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile = p
	s.term.SetColorProfile(p)
	s.erase()
}

// Redraw makes the next frame be drawn whole.
func (s *Screen) Redraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
}

func (s *Screen) erase() {
	s.term.Erase()
	s.drawn = false
}

// Send writes a control sequence between frames, such as the clipboard's.
func (s *Screen) Send(sequence string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		s.write(sequence)
	}
}

// Draw brings the terminal to a frame. The same frame again costs a comparison and writes nothing.
func (s *Screen) Draw(f Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on || s.w == 0 || s.h == 0 || s.drawn && same(f, s.last) {
		return
	}
	s.cells.Clear()
	uv.NewStyledString(f.Content).Draw(s.cells, s.cells.Bounds())
	s.term.Render(s.cells.RenderBuffer)
	if f.Cursor != nil {
		s.term.MoveTo(f.Cursor.X, f.Cursor.Y)
	}
	if err := s.term.Flush(); err != nil {
		s.err = err
	}
	s.flush(f.Cursor != nil)
	s.last, s.drawn = f, true
}

// flush writes what the renderer produced, the cursor hidden while it travels.
func (s *Screen) flush(cursor bool) {
	var out bytes.Buffer
	if s.cursor {
		out.WriteString(ansi.ResetModeTextCursorEnable)
	}
	out.Write(s.buf.Bytes())
	s.buf.Reset()
	if cursor {
		out.WriteString(ansi.SetModeTextCursorEnable)
	}
	s.cursor = cursor
	s.write(out.String())
}

// Err is the first error that writing to the terminal gave; the terminal is gone then.
func (s *Screen) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *Screen) write(text string) {
	if text == "" || s.err != nil {
		return
	}
	if _, err := io.WriteString(s.out, text); err != nil {
		s.err = err
	}
}

func same(a, b Frame) bool {
	if a.Content != b.Content || (a.Cursor == nil) != (b.Cursor == nil) {
		return false
	}
	return a.Cursor == nil || a.Cursor.X == b.Cursor.X && a.Cursor.Y == b.Cursor.Y
}
