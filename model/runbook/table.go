package runbook

import "strings"

// row is one row of a table: its cells as written, and its place.
type row struct {
	span
	line  int
	cells []string
}

// grid is a table that has been split into cells.
type grid struct {
	header row
	rows   []row
}

// splitTable finds a table inside a paragraph: a line of dashes and bars below a line with bars.
// The lines above it stay a paragraph. The number of columns need not agree: people miscount.
func splitTable(b *block, d *document) []*block {
	for i := 1; i < len(b.lines); i++ {
		if !isDelimiterRow(b.lines[i]) || !strings.Contains(b.lines[i-1], "|") {
			continue
		}
		table := &block{kind: tableBlock, lines: b.lines[i-1:], at: b.at[i-1:]}
		table.start = d.lineStart(b.at[i-1])
		if i == 1 {
			table.start = b.start
			return []*block{table}
		}
		b.lines, b.at = b.lines[:i-1:i-1], b.at[:i-1:i-1]
		return []*block{b, table}
	}
	return []*block{b}
}

func isDelimiterRow(line string) bool {
	if !strings.Contains(line, "|") || !strings.Contains(line, "-") {
		return false
	}
	return strings.Trim(line, "|-: \t") == ""
}

// grid splits a table block into rows and cells.
func (b *block) grid(d *document) grid {
	var g grid
	for i, l := range b.lines {
		if i == 1 {
			continue
		}
		start := d.lineStart(b.at[i])
		end := b.end
		if i+1 < len(b.at) {
			end = d.lineStart(b.at[i+1])
		}
		r := row{span: span{start, end}, line: d.line(start), cells: splitCells(l)}
		if i == 0 {
			g.header = r
			continue
		}
		g.rows = append(g.rows, r)
	}
	return g
}

// splitCells splits a row at its bars; a bar after a backslash belongs to the cell.
func splitCells(line string) []string {
	line = strings.TrimSpace(line)
	line = strings.TrimPrefix(line, "|")
	if strings.HasSuffix(line, "|") && !strings.HasSuffix(line, `\|`) {
		line = line[:len(line)-1]
	}
	var cells []string
	var cell strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == '|':
			cell.WriteByte('|')
			i++
		case line[i] == '|':
			cells = append(cells, strings.TrimSpace(cell.String()))
			cell.Reset()
		default:
			cell.WriteByte(line[i])
		}
	}
	return append(cells, strings.TrimSpace(cell.String()))
}

// cell gives a cell's plain text, and "" where the row is too short or there is no such column.
func (r row) cell(i int) string {
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	return plain(r.cells[i])
}
