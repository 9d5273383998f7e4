package shell

import "strings"

// What is called in the JavaScript that mongosh is given decides its risk: a
// name is harmless only if it is listed, and a dangerous one counts even where
// it is only passed on, as in ["x"].forEach(db.dropDatabase).
const (
	jsReads = "getItem find findOne count countDocuments estimatedDocumentCount distinct aggregate explain getIndexes getIndices getIndexKeys stats dataSize storageSize totalIndexSize totalSize latencyStats getShardDistribution getShardVersion isCapped validate serverStatus dbStats hostInfo currentOp getCollectionNames getCollectionInfos getCollection getSiblingDB getMongo getDB getName getDBNames getUsers getUser getRoles getRole getProfilingStatus getProfilingLevel getLogComponents getReplicationInfo getSecondaryReplicationInfo printReplicationInfo printSecondaryReplicationInfo printSlaveReplicationInfo printCollectionStats printShardingStatus version hello isMaster ping status conf config isBalancerRunning getBalancerState serverBuildInfo serverCmdLineOpts listCommands connectionStatus getLog buildInfo stderr " +
		"limit skip sort project projection hint maxTimeMS batchSize pretty toArray forEach map filter reduce some every includes indexOf join slice concat keys values entries assign from length push size itcount hasNext next objsLeftInBatch readPref collation comment allowDiskUse returnKey showRecordId noCursorTimeout tailable " +
		"print printjson tojson tojsononeline JSON EJSON stringify parse toString toFixed toISOString getTime valueOf parseInt parseFloat Number String Boolean Array Object Date ISODate ObjectId ObjectID NumberLong NumberInt NumberDecimal Long Int32 Decimal128 Timestamp UUID BinData Math round floor ceil max min abs now getTimestamp isNaN padStart padEnd trim split replace toLowerCase toUpperCase startsWith endsWith substring match test sleep quit exit use show setReadPref readConcern Mongo connect " +
		"if for while switch catch function return typeof new in of instanceof void await async"
	jsChanges  = "setItem insert insertOne insertMany update updateOne updateMany replaceOne save bulkWrite findAndModify findOneAndUpdate findOneAndReplace createIndex createIndexes ensureIndex reIndex createCollection createView createUser createRole updateUser updateRole grantRolesToUser revokeRolesFromUser changeUserPassword renameCollection killOp killSession killSessions fsyncLock fsyncUnlock setProfilingLevel setLogLevel setSlaveOk setSecondaryOk stepDown freeze reconfig add addArb initiate syncFrom startBalancer stopBalancer setBalancerState enableSharding shardCollection reshardCollection moveChunk splitAt balancerCollectionStatus convertToCapped hideIndex unhideIndex compact cloneCollection enableBalancing disableBalancing addShard addShardTag initializeOrderedBulkOp initializeUnorderedBulkOp execute enableFreeMonitoring disableFreeMonitoring auth logout setFeatureCompatibilityVersion"
	jsDestroys = "removeItem clear drop dropDatabase dropIndex dropIndexes dropUser dropAllUsers dropRole dropAllRoles remove removeUser deleteOne deleteMany findOneAndDelete shutdownServer shutdown removeShard removeShardTag delete removeRangeFromZone truncate convertToCapped emptyCapped dropConnections dropSearchIndex deleteIndexes"
	// jsOpen can run or reach anything.
	jsOpen = "eval Function constructor require import load runProgram child_process exec execSync spawn Reflect Proxy call apply bind setTimeout setInterval setImmediate globalThis defineProperty prototype __proto__ fetch fs passwordPrompt with mapReduce"
)

// mongoCommands are what db.runCommand and db.adminCommand are told to do.
const (
	mongoReads   = "ping serverStatus buildInfo buildinfo hello isMaster ismaster hostInfo connectionStatus dbStats dbstats collStats collstats listCollections listIndexes listDatabases listCommands getParameter getLog getCmdLineOpts replSetGetStatus replSetGetConfig top currentOp explain find count distinct usersInfo rolesInfo features connPoolStats shardingState listShards balancerStatus whatsmyuri validate dataSize features getDiagnosticData"
	mongoChanges = "setParameter killOp killSessions killAllSessions replSetStepDown replSetReconfig replSetFreeze replSetSyncFrom createIndexes collMod compact fsync fsyncUnlock insert update findAndModify findandmodify setFeatureCompatibilityVersion logRotate profile enableSharding shardCollection moveChunk createUser updateUser create renameCollection reIndex setIndexCommitQuorum balancerStart balancerStop"
)

// javascript judges text given to mongosh, and notes the collections it names.
func (a *analyst) javascript(text string) { a.worse(a.jsRisk(text)) }

func (a *analyst) jsRisk(text string) Risk {
	if strings.IndexByte(text, made) >= 0 || byteAt(text, 0) == unseen {
		return Unknown
	}
	tokens, odd := jsTokens(text)
	worst := Reads
	if odd {
		worst = Unknown
	}
	for i, t := range tokens {
		prev, next := jsAt(tokens, i-1), jsAt(tokens, i+1)
		switch {
		case t.kind == 's':
			worst = worst.Worse(jsString(t.text, prev, next))
		case t.kind != 'w':
			worst = worst.Worse(jsMark(t, prev, next))
		case i == 0 && (t.text == "use" || t.text == "show"):
			// The shell's own commands, "use db" and "show dbs", only look.
		default:
			worst = worst.Worse(a.jsWord(tokens, i))
		}
	}
	return worst
}

// jsWord judges the identifier at i.
func (a *analyst) jsWord(tokens []jsToken, i int) Risk {
	t, prev, next := tokens[i], jsAt(tokens, i-1), jsAt(tokens, i+1)
	if t.text == "db" && next.text == "." {
		a.jsCollection(tokens[i+1:])
	}
	called := next.text == "("
	switch {
	case listed(jsDestroys, t.text), t.text == "$out", t.text == "$merge":
		return Destroys
	case listed(jsOpen, t.text):
		return Unknown
	case listed(jsChanges, t.text) && (called || prev.text == "." || next.text == ":"):
		return Changes
	case !called:
		return Reads
	case t.text == "runCommand" || t.text == "adminCommand":
		return jsCommand(tokens[i+1:])
	case listed(jsReads, t.text):
		return Reads
	}
	return Unknown
}

// jsCommand judges the first key of the document given to runCommand.
func jsCommand(tokens []jsToken) Risk {
	for _, t := range tokens[min(1, len(tokens)):] {
		if t.text == "{" {
			continue
		}
		switch {
		case t.kind != 'w' && t.kind != 's':
			return Unknown
		case listed(mongoReads, t.text):
			return Reads
		case listed(mongoChanges, t.text):
			return Changes
		case strings.HasPrefix(t.text, "drop"), strings.HasPrefix(t.text, "delete"), listed("shutdown removeShard truncate convertToCapped", t.text):
			return Destroys
		}
		return Unknown
	}
	return Unknown
}

// jsString judges a string: the name of a member, or a stage that writes.
func jsString(text string, prev, next jsToken) Risk {
	switch {
	case text == "$out", text == "$merge":
		return Destroys
	case prev.text == "[" && next.text == "]" && listed(jsDestroys, text):
		return Destroys
	case prev.text == "[" && next.text == "]" && (listed(jsChanges, text) || listed(jsOpen, text)):
		return Unknown
	case listed("shutdown dropDatabase deleteMany dropIndexes", text):
		return Destroys
	}
	return Reads
}

// jsMark judges punctuation: a call of what is not a name says nothing.
func jsMark(t, prev, next jsToken) Risk {
	switch {
	case t.text == "(" && (prev.text == "]" || prev.kind == 's'), t.text == "`", t.text == "\\":
		return Unknown
	case t.text == ")" && next.text == "(":
		return Unknown
	case t.text == "[" && (prev.kind == 'w' || prev.text == "]" || prev.text == ")") && next.kind == 's':
		return Reads
	case t.text == "+" && prev.kind == 's' && next.kind == 's':
		// Two strings made one: a name that is not to be read.
		return Unknown
	}
	return Reads
}

// jsCollection notes the collection in db.NAME.method(.
func (a *analyst) jsCollection(tokens []jsToken) {
	var path []string
	for i := 0; i+1 < len(tokens) && tokens[i].text == "." && tokens[i+1].kind == 'w'; i += 2 {
		if jsAt(tokens, i+2).text == "(" {
			if tokens[i+1].text == "getCollection" && jsAt(tokens, i+3).kind == 's' {
				path = []string{tokens[i+3].text}
			}
			break
		}
		path = append(path, tokens[i+1].text)
	}
	if len(path) > 0 {
		a.collection(strings.Join(path, "."))
	}
}

func (a *analyst) collection(name string) {
	if a.database != "" && fixed(a.database) {
		name = a.database + "." + name
	}
	a.touch("mongo", arg{text: name})
}

// jsToken is a word (w), a string (s), a number (n) or a mark (m).
type jsToken struct {
	kind byte
	text string
}

func jsAt(tokens []jsToken, i int) jsToken {
	if i < 0 || i >= len(tokens) {
		return jsToken{}
	}
	return tokens[i]
}

// jsTokens splits JavaScript. odd says that something in it, such as an escape
// in a name or a template with code in it, can't be followed.
func jsTokens(text string) (tokens []jsToken, odd bool) {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '/' && byteAt(text, i+1) == '/':
			from := i
			for i < len(text) && text[i] != '\n' && text[i] != '\r' {
				i++
			}
			// These two also end a line, and so the comment.
			odd = odd || strings.Contains(text[from:i], "\u2028") || strings.Contains(text[from:i], "\u2029")
		case c == '/' && byteAt(text, i+1) == '*':
			end := strings.Index(text[i+2:], "*/")
			if end < 0 {
				return tokens, true
			}
			i += end + 4
		case c == '\'' || c == '"' || c == '`':
			s, next, ok := jsQuoted(text, i)
			odd = odd || !ok
			tokens = append(tokens, jsToken{'s', s})
			i = next
		case c == '/' && jsRegexp(jsAt(tokens, len(tokens)-1)):
			odd = odd || jsAt(tokens, len(tokens)-1).text == "}"
			tokens = append(tokens, jsToken{'s', "/"})
			i = jsRegexpEnd(text, i)
		case c >= '0' && c <= '9':
			from := i
			for i < len(text) && (isAlnum(text[i]) || text[i] == '.') {
				i++
			}
			tokens = append(tokens, jsToken{'n', text[from:i]})
		case isWord(c) || c == '$' || c >= 0x80 || c < 4:
			from := i
			for i < len(text) && (isWord(text[i]) || text[i] == '$' || text[i] >= 0x80 || text[i] < 4) {
				i++
			}
			tokens = append(tokens, jsToken{'w', text[from:i]})
			// db.$COLL can be db.dropDatabase() for all that is known.
			odd = odd || !fixed(text[from:i]) && (byteAt(text, from-1) == '.' || byteAt(text, i) == '(' || from == 0)
		default:
			odd = odd || c == '\\' || c == '/' && !jsDivides(text, i)
			tokens = append(tokens, jsToken{'m', text[i : i+1]})
			i++
		}
	}
	return tokens, odd
}

// jsRegexp reports whether a slash after the token begins a regular expression.
func jsRegexp(prev jsToken) bool {
	if prev.kind == 'w' {
		return listed("return typeof in of case void do else", prev.text)
	}
	return prev.kind == 'm' && strings.Contains("(,:=[!&|?{};", prev.text) || prev.kind == 0
}

// jsRegexpEnd returns the offset after a regular expression's last slash.
func jsRegexpEnd(text string, at int) int {
	class := false
	for i := at + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '\n':
			return i
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			return i + 1
		}
	}
	return len(text)
}

// jsDivides reports whether a slash that should divide could begin a regular
// expression with a quote in it, which would hide what follows.
func jsDivides(text string, at int) bool {
	line := text[at+1:]
	line = line[:min(len(line), 400)]
	end := strings.IndexByte(line, '/')
	return end < 0 || !strings.ContainsAny(line[:end], "'\"`")
}

// jsQuoted reads from an opening quote.
func jsQuoted(text string, at int) (s string, next int, ok bool) {
	quote := text[at]
	ok = true
	for i := at + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			// \x64 in a string can spell a name.
			ok = ok && strings.IndexByte(`'"\/nrtb.`, byteAt(text, i+1)) >= 0
			i++
		case quote:
			return text[at+1 : i], i + 1, ok
		case '$':
			ok = ok && (quote != '`' || byteAt(text, i+1) != '{')
		case '\n':
			if quote != '`' {
				return text[at+1 : i], i, false
			}
		}
	}
	return text[at+1:], len(text), false
}
