package runbook

import (
	"strings"

	"calm/model/pattern"
)

// personWords are in the name of somebody to go to.
var personWords = pattern.New(`(?i)\b(?:engineers?|lead|manager|c[tei]o|ciso|vp|director|team|on[- ]?call|primary|secondary|tertiary|sres?|officer|head|owner|architect|support|admin\w*|founder|president|executive|responder|commander|dba|` + foreignPeople + `)\b`)

// allPeople says whether a list names people rather than things to do.
func allPeople(list *block) bool {
	for _, item := range list.kids {
		text := itemText(item)
		if first := strings.ToLower(firstWords(text, 1)); imperatives[first] || first != "" && first[0] >= '0' && first[0] <= '9' {
			return false
		}
	}
	return mostlyPeople(list)
}

func mostlyPeople(list *block) bool {
	people := 0
	for _, item := range list.kids {
		if personWords.MatchString(itemText(item)) {
			people++
		}
	}
	return people*2 > len(list.kids)
}

// imperatives are the words with which a thing to do begins.
var imperatives = wordSet(`page open if notify determine call check document contact create post send update review verify confirm ensure declare gather go log click select include provide schedule escalate when assess identify start stop monitor wait ask tell inform use run`)

func allLevels(list *block) bool {
	for _, item := range list.kids {
		if !levelTitle.MatchString(itemText(item)) {
			return false
		}
	}
	return len(list.kids) > 1
}
