package runbook

import (
	"strings"

	"calm/model/pattern"
)

// role is what a heading or a label announces.
type role int

const (
	noRole role = iota
	tocRole
	severitiesRole
	escalationRole
	scenariosRole
	symptomsRole
	diagnosisRole
	resolutionRole
	caseSeverityRole
	verificationRole
	rollbackRole
	killSwitchRole
	checklistRole
	templatesRole
	postMortemRole
	contactsRole
	asideRole // meaning, impact, prevention: words around a scenario
)

// wordSet makes a set of the words of a list.
func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// phraseSet makes a set of phrases, one a line or separated by commas.
func phraseSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, p := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '\n' }) {
		if p = strings.TrimSpace(p); p != "" {
			set[p] = true
		}
	}
	return set
}

// partTitles are the titles that a part of a scenario has, whole, as counted in public runbooks.
var partTitles = map[role]map[string]bool{
	symptomsRole: phraseSet(`symptoms, symptom, signs, sign, signs and symptoms, signals, indicators, observed symptoms,
		common symptoms, typical symptoms, possible symptoms, key symptoms, what you see, what you'll see, what you will see,
		what it looks like, how it looks, how to detect, detected by, detect, detection, detection signals, alert, alerts, trigger, triggers,
		alert conditions, alert condition, conditions, how to recognize, how to recognise, identification,
		recognition, user reports, observations, evidence, indicators of compromise, warning signs, symptoms / alerts, symptoms and alerts, alert(s)`),
	diagnosisRole: phraseSet(`diagnosis, diagnostics, diagnostic, diagnose, diagnosing, diagnostic steps, diagnosis steps, diagnostic procedure,
		diagnostic commands, diagnostic checklist, diagnostic deep dive, initial diagnosis, initial diagnostics, quick diagnosis,
		quick diagnostics, investigation, investigate, investigating, investigation steps, initial investigation, investigation process, how to investigate,
		triage, triage steps, initial triage, quick triage, assessment, assess, initial assessment, assessment process, checks, check, quick checks, quick check,
		first checks, initial checks, possible checks, what to check, things to check, things to look for, steps to check, debug, debugging, debug steps,
		debugging steps, troubleshooting, troubleshooting steps, troubleshoot, confirm, confirmation, root cause analysis, find the cause, identify,
		identify the cause, identify root cause, analysis, analyze, analyse, how to diagnose, how to confirm, causes, common causes, likely causes, possible causes,
		probable causes, cause, root cause, root causes, potential causes`),
	resolutionRole: phraseSet(`resolution, resolutions, resolution steps, resolve, resolving, how to resolve, resolution procedure, mitigation, mitigations,
		mitigation steps, mitigate, mitigating, immediate mitigation, fix, fixes, quick fix, quick fixes, how to fix, fix steps, possible fixes, the fix,
		remediation, remediation steps, remediate, remediation actions, remedy, remedies, solution, solutions, possible solutions, recovery, recover,
		recovery steps, recovery process, recovery actions, recovery procedure, workaround, workarounds, action, actions, immediate action, immediate actions,
		immediate steps, action steps, response, response steps, response actions, immediate response, initial response, containment, containment steps, containment actions,
		contain, eradication, eradicate, stabilize, stabilise, steps, procedure, what to do, first actions, first response, short-term, long-term, short term, long term, immediate,
		immediate fix, short-term fix, long-term fix, permanent fix, temporary fix, emergency actions, next steps, decision points, playbook, do this, corrective actions`),
	caseSeverityRole: phraseSet(`severity, priority, severity level, default severity, typical severity, incident severity, sev`),
	verificationRole: phraseSet(`verification, verify, verify fix, verify the fix, verify recovery, verify resolution, validation, validate, confirm recovery,
		confirm resolution, confirm fix, post-fix verification, recovery verification, verification steps, success criteria, verify success, health check, smoke test`),
	asideRole: phraseSet(`meaning, impact, business impact, user impact, summary, description, overview, background, prevention, preventive measures,
		preventative measures, prevent, post-incident, post incident, post-incident actions, follow-up, follow up, followup, related alerts, related, references, see also,
		notes, note, what happened, why this happened, when, when to use, prerequisites, additional resources, alert details, regulatory compliance, owner, dashboards, dashboard`),
}

// partByTitle is partTitles turned round.
var partByTitle = func() map[string]role {
	all := map[string]role{}
	for r, set := range partTitles {
		for title := range set {
			all[title] = r
		}
	}
	return all
}()

// maxPartWords is how long the title of a scenario's part is at most.
const maxPartWords = 7

// partRole is the role of a title within a scenario.
func partRole(title string) role { return partOf(key(title)) }

// partOf is partRole of a title that has been made comparable.
func partOf(k string) role {
	if r, ok := partByTitle[k]; ok {
		return r
	}
	if len(strings.Fields(k)) > maxPartWords {
		return noRole // a sentence
	}
	for _, w := range partPatterns {
		if w.pattern.MatchString(k) {
			return w.role
		}
	}
	return inForeign(k).part
}

type rolePattern struct {
	role    role
	pattern *pattern.Pattern
}

// partPatterns catch longer titles of a scenario's parts: "Diagnostic Steps for the primary".
var partPatterns = []rolePattern{
	{asideRole, pattern.New(`^(?:post[- ]incident|prevent|follow[- ]?up)`)},
	{symptomsRole, pattern.New(`^(?:symptoms?|signs)\b|\bsymptoms$`)},
	{diagnosisRole, pattern.New(`^(?:diagnos|investigat|triage\b|troubleshoot)|\b(?:diagnosis|diagnostics|investigation)$`)},
	{verificationRole, pattern.New(`^(?:verify|verification|validat)`)},
	{resolutionRole, pattern.New(`^(?:mitigat|remediat|resolution|resolve|quick fix|immediate (?:action|step|response|mitigation)|fix\b|solution|containment|recovery (?:step|process|action))|\b(?:resolution|mitigation|remediation|fix(?:es)?|solutions?|workarounds?)$`)},
}

// isPartWord says whether an unmarked word before a colon is a label: only those that a runbook
// uses for a part or a field.
func isPartWord(word string) bool {
	k := key(word)
	if plainLabels[k] {
		return true
	}
	r := partOf(k)
	return r != noRole && r != asideRole && !sentenceWords[k]
}

// sentenceWords are part titles that also open an ordinary sentence, so that without bold they
// are not taken for labels.
var sentenceWords = phraseSet(`check, checks, identify, when, confirm, verify, validate, detect, contain, assess, action, fix, cause, alert, alerts, trigger, response, steps, immediate, conditions, next steps, short-term, long-term, recovery, resolve, investigate, recover`)

var plainLabels = phraseSet(`impact, response time, escalation, communication, examples, resolution target, contact, scope, escalate if, time to complete,
	estimated time, requires, approval, owner, last updated, update frequency, severity, symptoms, diagnosis, resolution`)

// sectionPatterns name the sections of a runbook by their titles. The first that fits counts.
var sectionPatterns = []rolePattern{
	{tocRole, pattern.New(`^(?:table of )?contents$|^toc$|^on this page$|^index$`)},
	{killSwitchRole, pattern.New(`\bkill[- ]?switch|\bbreak[- ]glass|\bemergency (?:stop|shutdown|shut[- ]?off|disable)\b|\bpanic button`)},
	{postMortemRole, pattern.New(`\bpost[- ]?mortem|\bpost[- ]?incident (?:review|report|analysis)|\bretrospective|\bafter[- ]action (?:review|report)|\brca (?:template|report)|\bpir\b|\bincident report template|\broot cause analysis template`)},
	{checklistRole, pattern.New(`\bcheck[- ]?lists?\b`)},
	{templatesRole, pattern.New(`\btemplates?\b|\b(?:message|notification|announcement) (?:examples?|formats?)\b|\bcommunications?\b.*\b(?:plan|protocols?|procedures?|guidelines)?$|\bstatus page (?:updates?|messages?)\b|\binitial (?:notification|announcement|alert message)|\bstatus updates?$|\bresolution (?:notice|notification|message|announcement)`)},
	{escalationRole, pattern.New(`\bescalat|\bpaging (?:path|order|policy|chain)\b|\b(?:call|phone|notification) (?:chain|tree)\b|\bchain of command\b`)},
	{severitiesRole, pattern.New(`\bseverit(?:y|ies)\b|\b(?:priority|incident|alert) (?:levels?|classification|classes|categories|matrix|priorit)|\bclassif(?:y|ying|ied|ication)|^priorit(?:y|ies)$|^sev(?:s| levels?)?$|\blevels? of severity|\bpriority to assign`)},
	{scenariosRole, pattern.New(`\bscenarios?\b|\b(?:common|known|typical|frequent) (?:issues?|problems?|incidents?|failures?|errors?|alerts?)|\bplaybooks?\b|\bincident types?\b|\bincident[- ]specific|\bspecific incidents?|\bfailure modes?|\btroubleshooting\b|\brunbooks? by\b|^(?:our |the |alert |common |incident )?runbooks$|\bincident procedures\b`)},
	{rollbackRole, pattern.New(`\broll(?:ing|ed)?[- ]?back|\brevert(?:ing|ed)?\b|\brestor(?:e|ing|ation)\b|\bback[- ]?out\b|\bfail[- ]?over\b|\bdisaster recovery|\brecovery procedures?\b`)},
	{contactsRole, pattern.New(`\bcontacts?\b|\bon[- ]?call\b|\bwho to (?:call|contact)|\bresponse team\b|\bkey people|\bphone numbers|\bcontact|^team$|^resources$`)},
}

// sectionRole is the role of a section's title.
func sectionRole(title string) role { return sectionOf(key(title)) }

// sectionOf is sectionRole of a title that has been made comparable.
func sectionOf(k string) role {
	if k == "" {
		return noRole
	}
	for _, p := range sectionPatterns {
		if p.pattern.MatchString(k) {
			return p.role
		}
	}
	return inForeign(k).section
}
