package report

import "calm/model/runbook"

// own is calm's messages for a runbook that has none.
var own = map[string]string{
	runbook.InitialMessage: `**INCIDENT: [Service] - [Severity]**

**Summary**: [Brief description]
**Impact**: [Who/what is affected]
**Started**: [Start time]
**Incident Commander**: [Name]
**Status**: [Investigating / Identified / Monitoring / Resolved]

Next update: [Time of the next update]`,
	runbook.UpdateMessage: `**UPDATE: [Service] - [Severity]**

**Time**: [Current time]
**Status**: [Investigating / Identified / Monitoring / Resolved]

**Done**:
- [What was done]

**Next**: [Planned actions]
**ETA**: [Time estimate]`,
	runbook.ResolutionMessage: `**RESOLVED: [Service] - [Severity]**

**Time Resolved**: [Time]
**Duration**: [Total duration]
**Root Cause**: [Explanation]
**Resolution**: [What fixed it]
**User Impact**: [Who/what was affected]`,
}

// ownTemplate is calm's own template of a purpose; one that has none gets the update's.
func ownTemplate(t runbook.Template) runbook.Template {
	if t.Purpose == "" {
		t.Purpose = runbook.UpdateMessage
	}
	body, ok := own[t.Purpose]
	if !ok {
		body = own[runbook.UpdateMessage]
	}
	t.Body, t.Fields = body, nil
	return t
}
