package signals

import (
	"calm/ui/pane"
	"calm/ui/pane/guide"
	"calm/ui/row"
)

// below fills what is left under the table of a pane that stands alone: the scenarios that fit best,
// or, on a quiet night, the last incident.
func below(b *row.Block, s pane.State, w, h int) {
	if s.Declared() || w < wideRow || h-len(*b) < 2 {
		return
	}
	st := &s.Theme
	word := "fits"
	var rows []*row.Row
	for _, c := range s.Cases {
		if c.Seen == 0 || len(rows) == 2 || len(rows) > h-len(*b)-2 {
			break
		}
		r := row.New().Gap(2).Cell(st.Muted, word, 6).Flex(st.Bold, guide.Name(c.Scenario)).Gap(2).Add(st.Text, guide.Evidence(c))
		if len(rows) == 0 {
			r.Tail(st.Accent, "3").Tail(st.Muted, " opens it")
		}
		rows = append(rows, r)
		word = "then"
	}
	if len(rows) == 0 && s.Last != "" && s.Severity.Level == nil {
		rows = append(rows, row.New().Gap(3).Add(st.Muted, "last incident").Gap(2).Flex(st.Text, s.Last))
	}
	if len(rows) > 0 {
		b.Blank()
		b.Put(rows...)
	}
}
