package runbook

import (
	"strconv"
	"strings"

	"calm/model/pattern"
	"calm/model/runbook/shell"
)

// itemBuilder turns the content of a resolution into items: what is numbered, what is titled, and
// the commands that follow each, also where a fence at the left margin has broken the list.
type itemBuilder struct {
	*parse
	owner   string // ID of the scenario
	title   string // of the part, for commands that nothing else names
	items   []Item
	ordered bool // the current item stands in a numbered list
	opened  bool // a sentence ending in a colon waits for its list or commands
}

var horizonPattern = pattern.New(`(?i)^(immediate(?:ly)?|short[- ]?term|medium[- ]?term|mid[- ]?term|long[- ]?term|permanent|temporary|quick fix|first|next|later|preventive|follow[- ]?up)(?: (?:fix|action|solution|mitigation))?$`)

// resolution reads one part of a scenario that says what to do.
func (b *scenarioBuilder) resolution(k *node) {
	b.takeHead(k)
	ib := itemBuilder{parse: b.parse, owner: b.s.ID, title: k.title}
	if k.part() == noRole || k.label != nil && k.label.note != "" {
		title := k.title
		if k.label != nil && k.label.note != "" {
			title += " (" + k.label.note + ")"
		}
		ib.open(title, title, headOf(k), 0)
		ib.opened = true
	}
	if k.label != nil && k.label.rest != "" {
		ib.open(plain(k.label.rest), plain(k.label.rest), headOf(k), 0)
	}
	ib.blocks(k.blocks)
	for _, kk := range k.kids {
		if kk.used || kk.isHeading() && (ownPart(kk) || kk.part() == asideRole && anyTask(kk.blocks)) {
			continue
		}
		ib.kid(kk)
	}
	ib.finish()
	horizon := ""
	if horizonPattern.MatchString(k.key()) || strings.HasPrefix(k.key(), "immediate") {
		horizon = k.title
	}
	for i := range ib.items {
		if ib.items[i].Horizon == "" {
			ib.items[i].Horizon = horizon
		}
	}
	b.s.Resolution = append(b.s.Resolution, ib.items...)
}

// kid reads a label or heading below the resolution: an item with what stands under it.
func (ib *itemBuilder) kid(k *node) {
	ib.takeHead(k)
	k.used = true
	title := k.title
	if k.label != nil && k.label.note != "" {
		title += " (" + k.label.note + ")"
	}
	ib.finish()
	text := title
	horizon := ""
	if k.label != nil && k.label.rest != "" {
		rest := plain(k.label.rest)
		text = title + ": " + rest
		if horizonPattern.MatchString(k.key()) {
			horizon, title, text = k.title, rest, rest
		}
	}
	ib.open(title, text, headOf(k), 0)
	ib.last().Horizon = horizon
	sb := ib.stepper()
	sb.blocks(k.blocks)
	for _, kk := range k.kids {
		if !kk.isHeading() || !ownPart(kk) {
			sb.flush()
			sb.takeHead(kk)
			kk.used = true
			sb.lead, sb.leadAt = kk.title, headOf(kk)
			if kk.label != nil && kk.label.rest != "" {
				sb.lead += ": " + plain(kk.label.rest)
			}
			sb.nodeBelow(kk, true)
		}
	}
	sb.flush()
	ib.last().Steps = sb.steps
	ib.extend(k.end)
	ib.finish()
	ib.ordered = false
}

func (ib *itemBuilder) last() *Item { return &ib.items[len(ib.items)-1] }

func (ib *itemBuilder) stepper() *stepBuilder {
	return &stepBuilder{parse: ib.parse, owner: ib.last().ID, steps: ib.last().Steps, context: ib.last().Text}
}

// open starts an item.
func (ib *itemBuilder) open(title, text string, at span, number int) {
	ib.finish()
	it := Item{Number: number, Text: text, Steps: []Step{}}
	it.Part = Part{ID: ib.ids.unique(ib.owner + "." + slug(firstWords(title, 6))), Title: sentence(title),
		Line: ib.doc.line(ib.firstText(at)), Start: at.start, End: at.end}
	ib.items = append(ib.items, it)
	ib.opened = strings.HasSuffix(strings.TrimSpace(text), ":")
}

// extend lets the current item reach to an offset.
func (ib *itemBuilder) extend(end int) {
	if len(ib.items) > 0 && ib.last().End < end {
		ib.last().End = end
	}
}

// finish gives an item without commands its one step: the words themselves.
func (ib *itemBuilder) finish() {
	if len(ib.items) == 0 || len(ib.last().Steps) > 0 {
		return
	}
	sb := ib.stepper()
	sb.prose(ib.last().Text, span{ib.last().Start, ib.last().End})
	ib.last().Steps = sb.steps
}

func (ib *itemBuilder) blocks(blocks []*block) {
	for _, b := range blocks {
		switch b.kind {
		case paragraphBlock:
			ib.paragraph(b)
		case listBlock:
			ib.list(b)
		case codeBlock, quoteBlock:
			if len(ib.items) == 0 {
				if b.kind == quoteBlock {
					continue
				}
				ib.open(ib.title, ib.title, b.span, 0)
			}
			ib.append([]*block{b})
		}
	}
	ib.finish()
}

// paragraph starts an item of its own, or belongs to the numbered one before it.
func (ib *itemBuilder) paragraph(b *block) {
	text := plainLines(b.lines)
	if severityLine.MatchString(text) || text == "" {
		return
	}
	if ib.ordered && len(ib.items) > 0 {
		ib.append([]*block{b})
		return
	}
	ib.open(text, text, b.span, 0)
	ib.take(b.span)
	ib.commands(strings.Join(b.lines, " "), b.span)
}

// list makes an item of each of its items, except where it belongs to the one above: bullets after
// a number, or after a sentence that ends in a colon.
func (ib *itemBuilder) list(b *block) {
	if len(ib.items) > 0 && (!b.ordered && ib.ordered || !b.ordered && ib.opened || ib.opened && !ib.ordered) {
		ib.append([]*block{b})
		return
	}
	for _, item := range b.kids {
		ib.item(item, b.ordered)
	}
	ib.ordered = b.ordered
}

func (ib *itemBuilder) item(item *block, ordered bool) {
	text, horizon := itemText(item), ""
	if lab, ok := splitLabel(itemLine(item)); ok && lab.rest != "" && horizonPattern.MatchString(key(lab.name)) {
		horizon = lab.name
		rest := strings.TrimSpace(strings.TrimPrefix(text, lab.name))
		text = strings.TrimSpace(strings.TrimLeft(rest, ":-—– "))
	}
	if text == "" {
		text = "Step " + strconv.Itoa(item.number)
	}
	ib.open(text, text, item.span, item.number)
	ib.last().Horizon = horizon
	ib.take(itemHead(item))
	ib.ordered = ordered
	nested := item.kids
	if len(nested) > 0 && nested[0].kind == paragraphBlock {
		nested = nested[1:]
	}
	if !hasCode(nested) {
		ib.commands(rawItem(item), itemHead(item))
	}
	if len(nested) > 0 {
		ib.append(nested)
	}
}

// commands makes steps of the commands inside the item's own sentence.
func (ib *itemBuilder) commands(raw string, at span) {
	inline := inlineCommands(raw)
	if len(inline) == 0 {
		return
	}
	sb := ib.stepper()
	sb.inline(inline, ib.last().Text, at)
	ib.last().Steps = sb.steps
}

// append gives blocks to the current item as its steps.
func (ib *itemBuilder) append(blocks []*block) {
	sb := ib.stepper()
	sb.blocks(blocks)
	ib.opened = false
	sb.flush()
	ib.last().Steps = sb.steps
	ib.extend(blocks[len(blocks)-1].end)
}

// onlyReads says whether every step of the items looks and changes nothing: then they are a
// diagnosis.
func onlyReads(items []Item) bool {
	any := false
	for _, it := range items {
		for _, s := range it.Steps {
			if s.Kind != ShellStep {
				continue
			}
			if s.Risk != shell.Reads {
				return false
			}
			any = true
		}
	}
	return any
}
