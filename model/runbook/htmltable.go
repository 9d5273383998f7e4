package runbook

import (
	"strings"

	"calm/model/pattern"
)

var (
	htmlRow  = pattern.New(`(?is)<tr\b.*?(?:</tr>|$)`)
	htmlCell = pattern.New(`(?is)<t[hd]\b[^>]*>(.*?)(?:</t[hd]>|$)`)
)

// htmlGrid reads a table that is written in HTML; ok is false for any other block.
func (b *block) htmlGrid(d *document) (g grid, ok bool) {
	src := string(d.src[b.start:b.end])
	if b.kind != htmlBlock || !strings.Contains(strings.ToLower(src), "<table") {
		return grid{}, false
	}
	for _, at := range htmlRow.FindAllStringIndex(src, -1) {
		r := row{span: span{b.start + at[0], b.start + at[1]}}
		r.line = d.line(r.start)
		for _, m := range htmlCell.FindAllStringSubmatch(src[at[0]:at[1]], -1) {
			r.cells = append(r.cells, strings.Join(strings.Fields(m[1]), " "))
		}
		if len(g.header.cells) == 0 {
			g.header = r
			continue
		}
		g.rows = append(g.rows, r)
	}
	return g, len(g.rows) > 0
}

var listTag = pattern.New(`(?is)<[uo]l\b[^>]*>(.*?)(?:</[uo]l>|$)`)

// splitLead separates the sentence of a cell from the list that follows it: what a severity is,
// and the examples.
func splitLead(cell string) (lead string, items []string) {
	m := listTag.FindStringSubmatchIndex(cell)
	if m == nil {
		return cell, nil
	}
	for _, item := range strings.Split(cell[m[2]:m[3]], "</li>") {
		if t := plain(item); t != "" {
			items = append(items, t)
		}
	}
	return cell[:m[0]], items
}
