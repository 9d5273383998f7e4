package console

import (
	"calm/model/runbook/lint"
	"calm/model/runbook/revision"
	"calm/ui/pane"
)

// nextTrust stands before everything that would run a step of a runbook that nobody trusts.
func (a *App) nextTrust(n pane.Next) pane.Next {
	_, runs := n.Intent.(pane.Propose)
	if a.session.Observe || a.trusted() || !a.book.known || !runs && n.Intent != nil {
		return n
	}
	detail := "nothing of it runs before"
	if st := a.book.standing; st.Before != nil {
		detail = st.Since.Steps() + "; " + detail
	}
	return pane.Next{Chip: "next", Title: "Read and trust the runbook", Detail: detail, Intent: pane.Show{Overlay: "trust"}}
}

// bookBanner says what is wrong with the runbook's file; nil when nothing is.
func (a *App) bookBanner() *pane.Banner {
	switch b := a.book; {
	case b.differs != nil && !a.trusted():
		help := "Nothing runs until you have read it: T, or e for the editor."
		if a.session.Observe {
			help = "Nothing runs until somebody has trusted it."
		}
		return &pane.Banner{Text: "RUNBOOK CHANGED ON DISK  " + b.differs.Steps(), Help: help}
	case b.unread != "":
		return &pane.Banner{Text: "RUNBOOK NOT READABLE  " + b.unread, Help: "calm goes on with the text that it has; it looks again every 2 s."}
	}
	return nil
}

// readiness is what speaks for and against acting by this runbook, before what the host says.
func (a *App) readiness() []pane.Fact {
	var out []pane.Fact
	switch st := a.book.standing; {
	case !a.book.known:
	case st.BuiltIn:
		out = append(out, pane.Fact{State: "ok", Text: "runbook built in", Note: revision.Short(st.SHA256)})
	case st.Trusted:
		out = append(out, pane.Fact{State: "ok", Text: "runbook trusted", Note: revision.Short(st.SHA256) + ", unchanged since " + st.Grant.At.UTC().Format("2 Jan")})
	default:
		out = append(out, pane.Fact{State: "unknown", Text: "runbook not trusted", Note: revision.Short(st.SHA256) + "; T reads and trusts it"})
	}
	if n := lint.Tally(a.book.findings); n != "" {
		out = append(out, pane.Fact{State: "warn", Text: "lint: " + n, Note: "each beside its step"})
	}
	return out
}
