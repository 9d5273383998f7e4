package runbook

import (
	"slices"
	"strings"

	"calm/model/pattern"
)

// hasSteps says whether there are commands, or a list to work through, under a node's title and
// labels; headings below it are parts of their own.
func hasSteps(n *node) bool {
	for _, b := range n.blocks {
		if b.kind == codeBlock || b.kind == listBlock {
			return true
		}
	}
	for _, k := range n.kids {
		if !k.isHeading() && hasSteps(k) {
			return true
		}
	}
	return false
}

// hasCommands says whether there is code under a node's title and labels.
func hasCommands(n *node) bool {
	if hasCommandBlock(n.blocks) {
		return true
	}
	for _, b := range n.blocks {
		if b.kind == listBlock && listCommands(b) {
			return true
		}
	}
	for _, k := range n.kids {
		if !k.isHeading() && hasCommands(k) {
			return true
		}
	}
	return false
}

// hasCommandBlock says whether one of the blocks, or of those in their lists, can be run.
func hasCommandBlock(blocks []*block) bool {
	for _, b := range blocks {
		if b.kind == codeBlock && b.isCommands() || bareCommand(b) || hasCommandBlock(b.kids) {
			return true
		}
	}
	return false
}

func listCommands(list *block) bool {
	for _, item := range list.kids {
		if len(inlineCommands(rawItem(item))) > 0 {
			return true
		}
		for _, k := range item.kids {
			if k.kind == listBlock && listCommands(k) {
				return true
			}
		}
	}
	return false
}

var stepTitle = pattern.New(`(?i)^(?:[^\p{L}\d]*)(?:(?:step|phase|stage)\s*\d+|t\s?\+\s?\d|\d{1,2}\s*[.):]|\d{1,2}\s*[—–-]\s)`)

// innerTitle are titles of a procedure's own chapters.
var innerTitle = pattern.New(`^(?:prerequisites?|pre-?checks?|before you (?:start|begin)|preparations?|prepare|steps?|procedure|instructions|commands?|verification|verify|validation|post-?(?:checks?|rollback|steps)|clean ?up|notes?|overview|when to use|rollback steps|confirm|test|monitor)\b`)

// stepwise says whether the headings below a node are the steps of one procedure rather than
// procedures of their own.
func stepwise(n *node) bool {
	kids := n.headingKids()
	if len(kids) == 0 {
		return false
	}
	steps, inner, own := 0, 0, 0
	for _, k := range kids {
		switch {
		case stepTitle.MatchString(k.title):
			steps++
		case innerTitle.MatchString(k.key()):
			inner++
		case k.role() == rollbackRole || k.role() == killSwitchRole:
			own++
		}
	}
	return own == 0 && steps+inner == len(kids) || steps >= 2 && steps*2 > len(kids)
}

// isProcedure says whether a node is a way back: it, or the chapter it stands in, says so, and there
// is something to do.
func (p *parse) isProcedure(n *node) bool {
	if !n.isHeading() || n.level == 1 && len(n.headingKids()) > 0 && !stepwise(n) {
		return false
	}
	if n.role() != rollbackRole && !n.parent.within(rollbackRole) || n.role() == checklistRole && !hasCommands(n) || forbids(n.title) {
		return false
	}
	if aroundRollback.MatchString(n.key()) {
		return false
	}
	// A chapter hands its meaning on to what it holds only where that has commands, or is called its
	// steps or another way.
	if n.role() != rollbackRole {
		return hasCommands(n) || n.parent.level == 1 && n.parent.role() == rollbackRole && firstIsOrdered(n) || anotherWay.MatchString(n.key()) && hasOrder(n) || inForeign(n.key()).part == resolutionRole && hasOrder(n)
	}
	return hasOrder(n) || stepwise(n)
}

// firstIsOrdered says whether a chapter begins with a numbered list.
func firstIsOrdered(n *node) bool {
	return len(n.blocks) > 0 && n.blocks[0].kind == listBlock && n.blocks[0].ordered
}

// anotherWay are titles of one way of several to do the same.
var anotherWay = pattern.New(`^(?:alternative|option|method|manual|approach|steps|procedure|instructions|quick|emergency|full|partial)\b`)

// aroundRollback are chapters about rolling back that roll nothing back.
var aroundRollback = pattern.New(`\b(?:test(?:s|ing)?|drills?|history|verification|verify|validation|check-?lists?|decision|dashboards?|monitoring|notif\w*|communications?|matrix|when to|before you|prerequisites?|overview|references|contacts?|safety|property|strategy|plan|metrics)\b`)

// hasOrder says whether a node has commands, or a numbered list to follow.
func hasOrder(n *node) bool {
	for _, b := range n.blocks {
		if b.kind == listBlock && b.ordered {
			return true
		}
	}
	for _, k := range n.kids {
		if !k.isHeading() && hasOrder(k) {
			return true
		}
	}
	return hasCommands(n)
}

// isStepByStep says whether a chapter's headings are the numbered steps of one procedure, with
// commands in some of them and nothing of its own kind below any.
func isStepByStep(n *node) bool {
	if !n.isHeading() || n.level < 2 || n.role() != noRole || !stepwise(n) {
		return false
	}
	commands := false
	for _, k := range n.headingKids() {
		if f := parts(k); len(k.headingKids()) > 0 || anyTask(k.blocks) || ownPart(k) || f[symptomsRole]+f[diagnosisRole]+f[resolutionRole] > 0 {
			return false
		}
		for _, kk := range k.kids {
			if anyTask(kk.blocks) {
				return false
			}
		}
		commands = commands || hasCommands(k)
	}
	return commands
}

// rollback makes a procedure of a node, or of each way that its labels tell.
func (p *parse) rollback(n *node) {
	p.procedure(n, Rollback, stepwise(n))
}

// procedure makes a Procedure of a node; deep takes in the headings below it.
func (p *parse) procedure(n *node, kind string, deep bool) {
	pr := Procedure{Kind: kind, Steps: []Step{}}
	whole := n.span
	if !deep && len(n.headingKids()) > 0 {
		whole.end = n.headingKids()[0].start
	}
	pr.Part = p.part(slug(n.title), n.title, whole)
	p.takeHead(n)
	n.used = true
	b := procedureBuilder{parse: p, pr: &pr, steps: &stepBuilder{parse: p, owner: pr.ID, keep: true}}
	b.read(n, deep)
	b.steps.flush()
	pr.Steps = append(pr.Steps, b.steps.steps...)
	if b.steps.caution != "" {
		addText(&pr.Caution, b.steps.caution)
	}
	p.rb.Procedures = append(p.rb.Procedures, pr)
	p.below(n)
}

// procedureBuilder fills a Procedure.
type procedureBuilder struct {
	*parse
	pr    *Procedure
	steps *stepBuilder
}

// read goes through a node: its content, its labels and, if deep, its headings.
func (b *procedureBuilder) read(n *node, deep bool) {
	for _, blk := range n.blocks {
		if blk.kind == paragraphBlock && !holdsCommand(blk) && b.summary(plainLines(blk.lines), blk.span) {
			continue
		}
		b.steps.blocks([]*block{blk})
	}
	for _, k := range n.kids {
		if k.used || k.isHeading() && (!deep || ownPart(k)) {
			continue
		}
		b.steps.flush()
		if k.label != nil && b.field(k) {
			continue
		}
		k.used = true
		b.takeHead(k)
		title := k.title
		if k.label != nil && k.label.note != "" {
			title += " (" + k.label.note + ")"
		}
		if k.label != nil && k.label.rest != "" {
			title += ": " + plain(k.label.rest)
		}
		b.steps.text(title, headOf(k))
		b.read(k, deep)
	}
}

// summary keeps what stands before the first step.
func (b *procedureBuilder) summary(text string, at span) bool {
	if len(b.steps.steps) > 0 || b.steps.lead != "" || b.pr.Summary != "" || text == "" || isCaution(text) {
		return false
	}
	b.pr.Summary = strings.TrimRight(text, ":")
	b.take(at)
	return true
}

var (
	estimateLabel = pattern.New(`^(?:time to (?:complete|rollback|recover|execute)|(?:estimated |expected |approx(?:imate)? |typical |total )?(?:time|duration|downtime|completion time|recovery time)(?: required| needed| estimate)?|eta|rto|how long|takes|timeline)$`)
	approvalLabel = pattern.New(`^(?:requires?|required|approvals?|approved by|approvers?|required approvals?|approval required|authori[sz]ation|authori[sz]ed by|sign[- ]?off|needs approval)\b`)
	approvalWords = pattern.New(`(?i)\bapprov|\bauthori[sz]|\bsign[- ]?off|\bpermission`)
)

// field reads a label that says something about the procedure as a whole.
func (b *procedureBuilder) field(k *node) bool {
	value := plain(k.label.rest)
	name := k.key()
	switch {
	case value != "" && estimateLabel.MatchString(name):
		t := parseTime(value)
		if !t.known {
			return false
		}
		b.pr.Estimate = []float64{t.low, t.high}
		b.pr.EstimateNote = estimateNote(value)
	case value != "" && approvalLabel.MatchString(name) && (approvalWords.MatchString(name+" "+value) || !strings.HasPrefix(name, "requir")):
		b.pr.Approval = approval(value)
	case value != "" && undoLabel.MatchString(name):
		addText(&b.pr.Undo, value)
		b.pr.UndoCommand = ""
		if spans := codeSpans(mend(k.label.rest)); len(spans) == 1 && b.pr.Undo == value {
			b.pr.UndoCommand = spans[0]
		}
	case isCaution(k.title) || isCaution(k.label.name):
		text := value
		if !cautionWord.MatchString(name) {
			text = strings.TrimSpace(k.title + noteText(k.label.note) + " " + value)
		}
		if text == "" {
			text = blocksText(k.blocks)
			b.take(k.span)
		}
		addText(&b.pr.Caution, text)
		k.used = true
		b.takeHead(k)
		if value != "" || !cautionWord.MatchString(name) {
			b.steps.blocks(k.blocks)
			b.readKids(k)
		}
		return true
	default:
		return false
	}
	k.used = true
	b.takeHead(k)
	b.steps.blocks(k.blocks)
	b.readKids(k)
	return true
}

func (b *procedureBuilder) readKids(k *node) {
	rest := *k
	rest.blocks = nil
	b.read(&rest, false)
}

var (
	cautionWord = pattern.New(`^[^\p{L}]*(?:caution|warning|danger|attention|important|note)s?$`)
	undoLabel   = pattern.New(`^(?:undo|to undo|how to undo|undone by|back[- ]?out|revert with|to revert)$`)
)

func noteText(note string) string {
	if note == "" {
		return ""
	}
	return " (" + note + ")"
}

// blocksText is the plain text of paragraphs and lists.
func blocksText(blocks []*block) string {
	var parts []string
	var visit func([]*block)
	visit = func(blocks []*block) {
		for _, b := range blocks {
			if b.kind == paragraphBlock {
				parts = append(parts, plainLines(b.lines))
			}
			visit(b.kids)
		}
	}
	visit(blocks)
	return strings.Join(parts, "; ")
}

var bracketTail = pattern.New(`\(([^)]*)\)\s*$`)

// estimateNote is the remark in brackets after a time.
func estimateNote(value string) string {
	if m := bracketTail.FindStringSubmatch(value); m != nil {
		return m[1]
	}
	return ""
}

var (
	exceptPattern = pattern.New(`(?i)[\s(,;]*\b(?:except(?:ing)?|unless|not (?:needed|required) (?:for|in))\b\s*(?:for|in|when|during)?\s*([^)]*)\)?`)
	approvalNoise = pattern.New(`(?i)\b(?:approval|approved|approve|authori[sz]ation|sign[- ]?off|permission|required|requires|needed|must|from|by|by the|the|of)\b`)
	byJoint       = pattern.New(`(?i)\s*(?:,|;|/|\+|&|\bor\b|\band\b)\s*`)
)

// approval reads "Engineering Lead or CTO approval (except for security incidents)".
func approval(text string) *Approval {
	a := &Approval{By: []string{}, Text: text}
	who := text
	if m := exceptPattern.FindStringSubmatch(text); m != nil {
		a.Except = strings.Trim(m[1], " .")
		who = strings.Replace(text, m[0], "", 1)
	}
	who = approvalNoise.ReplaceAllString(who, "")
	for _, name := range byJoint.Split(who, -1) {
		if name = strings.Trim(strings.Join(strings.Fields(name), " "), " .:()"); name != "" {
			a.By = append(a.By, name)
		}
	}
	return a
}

// leftoverSteps makes a procedure of commands that no other part has: they are still to be run from
// the guide.
func (p *parse) leftoverSteps(n *node) {
	if n.used || n.level == 0 || n.within(templatesRole) || n.within(tocRole) || forbids(n.title) {
		return
	}
	if n.role() == checklistRole && !hasCode(n.blocks) {
		return // the commands of a checklist are in its items
	}
	titled := n.role() != escalationRole && procedureTitle(n)
	told := titled && hasOrder(n)
	deep := titled && !told && stepwise(n) && slices.ContainsFunc(n.headingKids(), firstIsOrdered)
	if !told && !deep && !hasFreeCommands(n) {
		return
	}
	kind := OtherKind
	if n.part() == resolutionRole || cures.MatchString(n.title) {
		kind = Resolution
	}
	p.procedure(n, kind, deep)
}

// cures are words of titles of what sets things right.
var cures = pattern.New(`(?i)\b(?:recover|mitigat|remediat)\w*`)

// hasFreeCommands is hasCommands for what no part was made of yet.
func hasFreeCommands(n *node) bool {
	probe := &node{blocks: n.blocks}
	for _, k := range n.kids {
		if !k.isHeading() && !k.used {
			probe.kids = append(probe.kids, k)
		}
	}
	return hasCommands(probe)
}
