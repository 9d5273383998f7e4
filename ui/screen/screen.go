// Package screen draws the console's frames on the terminal. Bubble Tea's own renderer asks for a
// frame many times a second whether or not anything changed, which costs more than everything else
// an idle console does, and holds every key back by half a frame. Here a frame is drawn when a
// message changed something, at once after a key, and at most every Gap otherwise.
//
// It owns the terminal while it draws: raw mode, size, alternate screen, cursor, bracketed paste.
// Bubble Tea without its renderer touches none of these; it keeps input and signals.
package screen

import (
	"bytes"
	"io"
	"sync"

	"charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
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
	in      term.File // the terminal's input side; nil where there is none, as in tests
	cooked  *term.State
	out     io.Writer
	env     []string
	profile colorprofile.Profile
	w, h    int
	on      bool
	cursor  bool
	buf     bytes.Buffer
	render  *uv.TerminalRenderer
	cells   uv.ScreenBuffer
	last    Frame
	drawn   bool
	err     error
}

// New makes a screen that is not on yet. in is put into raw mode while it is on, where it is a
// terminal; env is the environment of the terminal, for TERM.
func New(in io.Reader, out io.Writer, env []string) *Screen {
	s := &Screen{out: out, env: env, profile: colorprofile.TrueColor}
	if f, ok := in.(term.File); ok && term.IsTerminal(f.Fd()) {
		s.in = f
	}
	s.reset()
	return s
}

// Size is the terminal's, in cells; ok is false where it can't be asked.
func (s *Screen) Size() (w, h int, ok bool) {
	f, isFile := s.out.(term.File)
	if !isFile {
		return 0, 0, false
	}
	w, h, err := term.GetSize(f.Fd())
	return w, h, err == nil
}

func (s *Screen) reset() {
	s.buf.Reset()
	s.render = uv.NewTerminalRenderer(&s.buf, s.env)
	s.render.SetColorProfile(s.profile)
	s.render.SetFullscreen(true)
	s.render.SetRelativeCursor(false)
	s.render.SetTabStops(-1)
	s.render.SetScrollOptim(true)
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
	if s.in != nil {
		// Without raw mode keys come by the line; the console works all the same.
		s.cooked, _ = term.MakeRaw(s.in.Fd())
	}
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
	if s.in != nil && s.cooked != nil {
		_ = term.Restore(s.in.Fd(), s.cooked)
	}
}

// Resize says how large the terminal is now, in cells.
func (s *Screen) Resize(w, h int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w == s.w && h == s.h {
		return
	}
	s.w, s.h = max(0, w), max(0, h)
	s.render.Resize(s.w, s.h)
	s.erase()
	s.cells = uv.NewScreenBuffer(s.w, s.h)
}

// Profile says which colours the terminal has.
func (s *Screen) Profile(p colorprofile.Profile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile = p
	s.render.SetColorProfile(p)
	s.erase()
}

// Redraw makes the next frame be drawn whole.
func (s *Screen) Redraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
}

func (s *Screen) erase() {
	s.render.Erase()
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
	s.render.Render(s.cells.RenderBuffer)
	if f.Cursor != nil {
		s.render.MoveTo(f.Cursor.X, f.Cursor.Y)
	}
	if err := s.render.Flush(); err != nil {
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
