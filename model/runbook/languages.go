package runbook

import (
	"slices"
	"strings"
	"unicode"
)

// foreign is what a word of another language announces: a part of a scenario, a section of the file,
// a field of a severity or of an escalation level. A weak word, such as "steps", gives way to any
// other in the same title.
type foreign struct {
	part    role
	section role
	field   sevField
	weak    bool
}

// foreignLists are the commonest words of runbooks in Spanish, Portuguese, French, Italian, German,
// Dutch, Finnish, Russian, Chinese, Japanese and Korean, without accents. Words that English has too
// are in words.go.
var foreignLists = []struct {
	means foreign
	words string
}{
	{foreign{part: symptomsRole, field: criteriaField}, `sintoma sintomas sintomi symptome symptomes symptomen signes anzeichen merkmale senales sinais segnali indicios
		deteccion deteccao erkennung rilevamento ausloser alertas alertes alarme oireet симптомы симптом признаки
		症状 现象 現象 兆候 検知 증상`},
	{foreign{part: diagnosisRole}, `diagnostico diagnosi diagnostik ursache ursachen fehlersuche investigacion investigacao indagine enquete causa causas causes prufung
		diagnoosi syyt diagnostiek oorzaak oorzaken диагностика причина причины анализ 診断 切り分け 調査 原因 排查 诊断 진단 원인`},
	{foreign{part: resolutionRole, field: resolutionField}, `resolucion resolucao risoluzione solucion soluciones solucao solucoes soluzione soluzioni losung losungen behebung massnahmen
		massnahme sofortmassnahmen mitigacion mitigacao mitigazione accion acciones acao acoes azioni aktionen correccion correcao contencion contencao remediacion
		ratkaisu korjaus toimenpiteet oplossing oplossingen herstel acties решение устранение действия меры 対応 対処 解決 解决 处理 处置 修复 해결 조치`},
	{foreign{part: resolutionRole, section: rollbackRole}, `restauracion restauracao ripristino wiederherstellung palautus`},
	{foreign{part: resolutionRole}, `recuperacion recuperacao retablissement восстановление 復旧 恢复 복구`},
	{foreign{part: resolutionRole, weak: true}, `pasos passos etapes etape schritte vorgehen passi procedimiento procedimientos procedimento procedimentos procedura stappen vaiheet шаги порядок
		手順 步骤 단계`},
	{foreign{section: rollbackRole}, `reversion reversao revertir reverter rucksetzen zuruckrollen terugdraaien откат 回滚 ロールバック 切り戻し 롤백`},
	{foreign{part: verificationRole}, `verificacion verificacao validacion validacao verifica uberprufung validierung tarkistus controle проверка 確認 验证 검증`},
	{foreign{part: asideRole, field: impactField}, `impacto impatto auswirkung auswirkungen vaikutus влияние 影響 影响 影响范围 영향 영향도`},
	{foreign{part: asideRole}, `复现 再現 prevencion prevencao prevenzione pravention vorbeugung resumen resumo zusammenfassung riassunto objetivo objectif 予防 预防 예방`},
	{foreign{part: caseSeverityRole, section: severitiesRole}, `severidad severidade severite gravedad gravidade gravite gravita criticite criticidad criticidade schweregrad schweregrade
		prioridad prioridade prioridades priorite priorites priorita prioritat prioritaten dringlichkeit ernst vakavuus серьезность критичность приоритет приоритеты
		重大度 严重 级别 等级 优先级 심각도 등급 우선순위`},
	{foreign{section: escalationRole, field: escalateField}, `escalamiento escalacion escalado escalada escalade escalades escalonamento escalamento escalacao escalatie eskalation eskalationen eskalationsstufen
		eskalointi эскалация эскалации エスカレーション 升级 上报 에스컬레이션`},
	{foreign{section: contactsRole, field: contactField}, `contacto contactos contato contatos kontakt kontakte ansprechpartner ansprechpartnerin contatti contactpersonen yhteystiedot astreinte
		bereitschaft контакты контакт 連絡先 联系人 联系方式 연락처`},
	{foreign{section: checklistRole}, `checkliste checklisten чеклист чек-лист チェックリスト 检查清单 체크리스트`},
	{foreign{section: templatesRole}, `plantilla plantillas vorlage vorlagen шаблон шаблоны テンプレート 模板 템플릿`},
	{foreign{section: scenariosRole}, `escenario escenarios cenario cenarios szenario szenarien scenari depannage fehlerbehebung storungen problemas problemes probleme problemen
		ongelmat проблемы 故障排查 故障排除 常见问题 トラブルシューティング`},
	{foreign{part: asideRole, field: responseField}, `tempo tiempo temps`},
	{foreign{part: resolutionRole, field: responseField}, `respuesta resposta reponse reaktion`},
	{foreign{field: responseField}, `reaktionszeit antwortzeit risposta responstijd vasteaika реакция реакции отклик 対応時間 応答 响应 대응시간`},
	{foreign{field: updateField}, `actualizacion actualizaciones atualizacao atualizacoes aggiornamento aktualisierung обновление 更新 업데이트`},
	{foreign{field: impactField}, `definicion definicao descripcion descricao beschreibung descrizione definizione omschrijving kuvaus описание определение 描述 定义 定義 説明 설명 정의`},
	{foreign{field: criteriaField}, `ejemplo ejemplos exemplo exemplos exemple exemples beispiel beispiele esempi esempio voorbeelden criterio criterios criteres kriterien примеры пример 例 示例 예시`},
	{foreign{field: communicateField}, `comunicacion comunicacao comunicazione kommunikation canal canales canais kanal`},
}

// foreignSign is a word of a language that puts no spaces between words.
type foreignSign struct {
	text  string
	means foreign
}

// foreignWords are the words of foreignLists that are separated by spaces, foreignSigns those that
// are not.
var foreignWords, foreignSigns = func() (map[string]foreign, []foreignSign) {
	words := map[string]foreign{}
	var signs []foreignSign
	for _, l := range foreignLists {
		for _, w := range strings.Fields(l.words) {
			if w[0] >= 0xe3 { // Chinese, Japanese and Korean begin here in UTF-8
				signs = append(signs, foreignSign{w, l.means})
				continue
			}
			words[w] = mergeForeign(words[w], l.means)
		}
	}
	slices.SortStableFunc(signs, func(a, b foreignSign) int { return len(b.text) - len(a.text) })
	return words, signs
}()

func mergeForeign(a, b foreign) foreign {
	if a.part == noRole {
		a.part, a.weak = b.part, b.weak
	}
	if a.section == noRole {
		a.section = b.section
	}
	if a.field == noField {
		a.field = b.field
	}
	return a
}

// maxForeign is how long a title is at most, in bytes, that words of other languages are looked for in.
const maxForeign = 90

// inForeign says what a title in another language announces, all words taken together.
func inForeign(k string) foreign {
	var found foreign
	if len(k) > maxForeign {
		return found
	}
	far, weak := false, noRole
	take := func(f foreign) {
		if f.weak {
			weak = f.part
			return
		}
		found = mergeForeign(found, f)
	}
	start := -1
	for i, r := range k + " " {
		switch {
		case unicode.IsLetter(r) || r == '\u0301':
			far = far || r >= 0x2e80
			if start < 0 {
				start = i
			}
		case start >= 0:
			if f, ok := foreignWords[unaccented(k[start:i])]; ok {
				take(f)
			}
			start = -1
		}
	}
	if far {
		for _, s := range foreignSigns {
			if strings.Contains(k, s.text) {
				take(s.means)
				k = strings.ReplaceAll(k, s.text, " ") // a longer sign holds shorter ones that mean something else
			}
		}
	}
	if found == (foreign{}) {
		found.part = weak
	}
	return found
}

var accents = strings.NewReplacer("á", "a", "à", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e",
	"í", "i", "ì", "i", "î", "i", "ï", "i", "ñ", "n", "ó", "o", "ò", "o", "ô", "o", "õ", "o", "ö", "o", "ú", "u", "ù", "u", "û", "u", "ü", "u",
	"ß", "ss", "ё", "е")

// unaccented takes the accents off a word in lower case.
func unaccented(w string) string {
	for i := range len(w) {
		if w[i] >= 0x80 {
			return accents.Replace(w)
		}
	}
	return w
}

// foreignUnits are the words for units of time, as English has them.
var foreignUnits = map[string]string{
	"segundo": "s", "segundos": "s", "secondes": "s", "sekunden": "s", "secondi": "s", "сек": "s", "секунд": "s", "秒": "s", "초": "s",
	"minuto": "min", "minutos": "min", "minuten": "min", "minuti": "min", "minuuttia": "min", "мин": "min", "минут": "min", "минуты": "min",
	"分": "min", "分钟": "min", "分鐘": "min", "분": "min",
	"hora": "h", "horas": "h", "heure": "h", "heures": "h", "stunde": "h", "stunden": "h", "std": "h", "ora": "h", "ore": "h", "uur": "h", "uren": "h",
	"tuntia": "h", "час": "h", "часа": "h", "часов": "h", "時間": "h", "小时": "h", "小時": "h", "시간": "h",
	"dia": "d", "dias": "d", "jour": "d", "jours": "d", "tag": "d", "tage": "d", "tagen": "d", "giorno": "d", "giorni": "d", "dag": "d", "dagen": "d",
	"день": "d", "дня": "d", "дней": "d", "日": "d", "天": "d", "일": "d",
}

// unitsInEnglish gives a text with the units of its times in English, and whether it had any others.
func unitsInEnglish(s string) (string, bool) {
	var out strings.Builder
	changed := false
	for i := 0; i < len(s); {
		out.WriteByte(s[i])
		digit := s[i] >= '0' && s[i] <= '9'
		i++
		if !digit {
			continue
		}
		rest := strings.TrimLeft(s[i:], " ")
		end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
		if end < 0 {
			end = len(rest)
		}
		if unit, n := foreignUnit(rest[:end]); n > 0 {
			out.WriteString(" " + unit + " ")
			i = len(s) - len(rest) + n
			changed = true
		}
	}
	return out.String(), changed
}

// foreignUnit finds the unit that a run of letters is or, where words have no spaces, begins with.
func foreignUnit(letters string) (unit string, n int) {
	if letters == "" || len(letters) > 40 {
		return "", 0
	}
	if u, ok := foreignUnits[unaccented(strings.ToLower(letters))]; ok {
		return u, len(letters)
	}
	if letters[0] >= 0xe3 {
		for n := min(len(letters), 6); n >= 3; n -= 3 {
			if u, ok := foreignUnits[letters[:n]]; ok {
				return u, n
			}
		}
	}
	return "", 0
}

// foreignPeople are words for somebody to go to.
const foreignPeople = `direction|ing[ée]nier\w*|équipe|equip[eo]|responsable|responsável|leit(?:er|ung)|bereitschaft|guardia|astreinte`
