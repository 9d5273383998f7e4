package screen

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Gap is the least time between two frames that no key asked for.
const Gap = 33 * time.Millisecond

// Model is what a Program runs: a Bubble Tea model whose picture is taken by Frame instead of View.
type Model interface {
	Init() tea.Cmd
	Update(tea.Msg) tea.Cmd
	// Frame is the current picture. It is called after messages, on the program's goroutine.
	Frame() Frame
}

// program adapts a Model to Bubble Tea and draws after each Update.
type program struct {
	inner   Model
	screen  *Screen
	last    time.Time
	pending bool
	now     func() time.Time
}

// drawMsg says that a frame that was held back is due.
type drawMsg struct{}

// Run runs the model on a terminal until it quits. Options for Bubble Tea, such as other streams in
// tests, come after.
func Run(ctx context.Context, m Model, s *Screen, in io.Reader, out io.Writer, options ...tea.ProgramOption) error {
	p := &program{inner: m, screen: s, now: time.Now}
	all := append([]tea.ProgramOption{
		tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithoutRenderer(), tea.WithFPS(1),
	}, options...)
	s.On()
	defer s.Off()
	running := tea.NewProgram(p, all...)
	defer follow(s, running)()
	_, err := running.Run()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		err = s.Err()
	}
	return err
}

// follow tells the program the terminal's size, now and whenever it changes, until it is stopped.
func follow(s *Screen, p *tea.Program) (stop func()) {
	resized := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(resized, syscall.SIGWINCH)
	go func() {
		for {
			if w, h, ok := s.Size(); ok {
				p.Send(tea.WindowSizeMsg{Width: w, Height: h})
			}
			select {
			case <-resized:
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(resized); close(done) }
}

// Init starts the model.
func (p *program) Init() tea.Cmd { return p.inner.Init() }

// View is empty: Bubble Tea draws nothing here.
func (p *program) View() tea.View { return tea.View{} }

// Update hands the message on and draws.
func (p *program) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	urgent := false
	switch msg := msg.(type) {
	case drawMsg:
		p.pending = false
		p.draw()
		return p, nil
	case tea.WindowSizeMsg:
		if msg.Width <= 0 || msg.Height <= 0 {
			// Bubble Tea without its renderer does not know the size, and says so.
			return p, nil
		}
		p.screen.Resize(msg.Width, msg.Height)
		urgent = true
	case tea.ColorProfileMsg:
		p.screen.Profile(msg.Profile)
	case tea.ResumeMsg:
		p.screen.On()
		urgent = true
	case tea.KeyPressMsg, tea.PasteMsg:
		urgent = true
	}
	cmd := p.inner.Update(msg)
	now := p.now()
	switch {
	case urgent || now.Sub(p.last) >= Gap:
		p.draw()
	case !p.pending:
		p.pending = true
		cmd = tea.Batch(cmd, tea.Tick(Gap-now.Sub(p.last), func(time.Time) tea.Msg { return drawMsg{} }))
	}
	return p, cmd
}

func (p *program) draw() {
	p.last = p.now()
	p.screen.Draw(p.inner.Frame())
}
