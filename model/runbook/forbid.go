package runbook

import (
	"strings"

	"calm/model/pattern"
)

// forbids says whether a title or a sentence tells what not to do: nothing in it is ever a step.
func forbids(text string) bool {
	k := strings.ToLower(strings.TrimLeft(plain(text), "*_❌🚫⛔✗✘ \ufe0f"))
	for _, w := range forbidden {
		if strings.HasPrefix(k, w) {
			return true
		}
	}
	return len(k) < 60 && notToDo.MatchString(k)
}

var (
	forbidden = []string{"do not ", "don't ", "don’t ", "never ", "avoid ", "no hacer", "no ejecutar", "no usar", "nunca ", "jamás ", "não ", "ne pas ", "jamais ",
		"nicht ", "niemals ", "non fare", "mai ", "нельзя", "никогда", "禁止", "不要", "请勿", "切勿", "絶対に"}
	notToDo = pattern.New(`\bnot to do\b|^(?:things )?(?:we |you )?(?:should |must )?do nots?$|\bdon['’]?ts\b|\banti-?patterns?\b|\bcommon mistakes\b|\bqu[eé] no hacer\b|\bo que n[aã]o fazer\b|\bne pas faire\b|\bwas nicht\b|\bcosa non fare\b|不要做|してはいけない`)
)
