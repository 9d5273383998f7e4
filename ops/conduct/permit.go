package conduct

import (
	"calm/model/action"
	"calm/model/runbook/revision"
	"calm/ops"
)

// permit says whether the text that a plan was made from may run: it is the one that is followed now,
// the file on disk is still that text, and a person has trusted it. Each is looked at anew, for every
// start. A file that can't be read, or is empty because an editor is writing it, changes nothing: what
// was shown and trusted is what runs.
func (c *Conductor) permit(p action.Plan) error {
	op := "start " + p.Title
	if p.Ref.Group == action.UndoGroup {
		// The way back was recorded when the text was trusted: an edit since must not bar it.
		return c.permitted(op, p.Runbook)
	}
	if followed := c.Runbook().SHA256; p.Runbook != followed {
		return ops.Errorf(ops.Denied, op, "the runbook changed since this was proposed (%s, now %s); propose the step again", revision.Short(p.Runbook), revision.Short(followed))
	}
	if c.OnDisk != nil {
		if sha, err := c.OnDisk(); err == nil && sha != p.Runbook {
			return ops.Errorf(ops.Denied, op, "the runbook changed on disk (%s, now %s); nothing runs until you have read it: e", revision.Short(p.Runbook), revision.Short(sha))
		}
	}
	return c.permitted(op, p.Runbook)
}

// permitted says whether a text is trusted.
func (c *Conductor) permitted(op, sha string) error {
	if c.Trust == nil {
		return ops.Errorf(ops.Denied, op, "this console can't say what is trusted, so it runs nothing")
	}
	_, err := c.Trust.Check(sha)
	if err == nil {
		return nil
	}
	rb := c.Runbook()
	why := revision.Short(sha) + " is not the text that is followed"
	if st := c.Trust.Standing(rb); sha == rb.SHA256 {
		why = revision.Short(sha) + ": " + st.Why
		if st.Before != nil {
			why = revision.Short(sha) + ": " + st.Since.Steps() + " since it was trusted"
		}
	}
	return &ops.Error{Code: ops.Denied, Op: op, Err: err,
		Detail: "the runbook is not trusted (" + why + "); read it, then T in the console, or calm runbook trust " + rb.Path}
}

// grant is the file that the supervisor looks at again; empty for a runbook that is built in.
func (c *Conductor) grant(p action.Plan) string {
	if c.Trust.BuiltIn(p.Runbook) {
		return ""
	}
	return c.Trust.Path(p.Runbook)
}
