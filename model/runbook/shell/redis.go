package shell

import "strings"

// redisCommands are Redis's commands by what they do to the data.
var redisCommands = map[Risk]string{
	Reads:    "PING ECHO INFO GET MGET STRLEN GETRANGE SUBSTR EXISTS TYPE TTL PTTL EXPIRETIME KEYS SCAN RANDOMKEY DBSIZE LLEN LRANGE LINDEX LPOS SCARD SMEMBERS SISMEMBER SMISMEMBER SSCAN SRANDMEMBER SINTER SUNION SDIFF ZCARD ZCOUNT ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZSCORE ZMSCORE ZRANK ZREVRANK ZSCAN HGET HMGET HGETALL HKEYS HVALS HLEN HEXISTS HSCAN HSTRLEN XLEN XRANGE XREVRANGE XREAD XPENDING XINFO BITCOUNT GETBIT BITPOS PFCOUNT GEOPOS GEODIST GEOSEARCH OBJECT LASTSAVE TIME ROLE COMMAND DUMP AUTH SELECT HELLO QUIT LOLWUT MONITOR SUBSCRIBE PSUBSCRIBE",
	Changes:  "SET SETEX SETNX PSETEX MSET MSETNX APPEND INCR INCRBY INCRBYFLOAT DECR DECRBY SETRANGE SETBIT EXPIRE PEXPIRE EXPIREAT PEXPIREAT PERSIST RENAME RENAMENX COPY LPUSH RPUSH LPUSHX RPUSHX LSET LINSERT LMOVE RPOPLPUSH SADD SMOVE ZADD ZINCRBY HSET HMSET HSETNX HINCRBY HINCRBYFLOAT XADD XACK XCLAIM XAUTOCLAIM XGROUP PUBLISH BGSAVE SAVE BGREWRITEAOF REPLICAOF SLAVEOF FAILOVER WAIT PFADD PFMERGE GEOADD MOVE TOUCH ACL RESTORE-ASKING ASKING READONLY READWRITE WATCH UNWATCH MULTI EXEC DISCARD SWAPDB",
	Destroys: "DEL UNLINK FLUSHALL FLUSHDB SHUTDOWN GETDEL LPOP RPOP LREM LTRIM BLPOP BRPOP LMPOP SPOP SREM ZREM ZPOPMIN ZPOPMAX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX HDEL XDEL XTRIM RESTORE SINTERSTORE SUNIONSTORE SDIFFSTORE ZUNIONSTORE ZINTERSTORE ZRANGESTORE",
}

// redisPairs are the commands whose second word decides.
var redisPairs = map[string]Risk{
	"CONFIG GET": Reads, "CONFIG SET": Changes, "CONFIG REWRITE": Changes, "CONFIG RESETSTAT": Changes,
	"CLIENT LIST": Reads, "CLIENT INFO": Reads, "CLIENT ID": Reads, "CLIENT GETNAME": Reads, "CLIENT KILL": Changes, "CLIENT PAUSE": Changes, "CLIENT UNPAUSE": Changes, "CLIENT SETNAME": Changes,
	"SLOWLOG GET": Reads, "SLOWLOG LEN": Reads, "SLOWLOG RESET": Destroys, "MEMORY USAGE": Reads, "MEMORY STATS": Reads, "MEMORY DOCTOR": Reads, "MEMORY PURGE": Changes,
	"LATENCY LATEST": Reads, "LATENCY DOCTOR": Reads, "LATENCY HISTORY": Reads, "LATENCY GRAPH": Reads, "LATENCY HISTOGRAM": Reads, "LATENCY RESET": Destroys,
	"CLUSTER INFO": Reads, "CLUSTER NODES": Reads, "CLUSTER SLOTS": Reads, "CLUSTER SHARDS": Reads, "CLUSTER KEYSLOT": Reads, "CLUSTER FAILOVER": Changes, "CLUSTER MEET": Changes, "CLUSTER FORGET": Destroys, "CLUSTER RESET": Destroys,
	"SENTINEL MASTERS": Reads, "SENTINEL MASTER": Reads, "SENTINEL SLAVES": Reads, "SENTINEL REPLICAS": Reads, "SENTINEL SENTINELS": Reads, "SENTINEL GET-MASTER-ADDR-BY-NAME": Reads, "SENTINEL CKQUORUM": Reads, "SENTINEL FAILOVER": Changes, "SENTINEL RESET": Changes, "SENTINEL SET": Changes, "SENTINEL REMOVE": Destroys, "SENTINEL MONITOR": Changes,
	"ACL LIST": Reads, "ACL WHOAMI": Reads, "ACL LOG": Reads, "ACL DELUSER": Destroys, "SCRIPT FLUSH": Destroys, "SCRIPT KILL": Changes, "FUNCTION FLUSH": Destroys, "FUNCTION DELETE": Destroys,
	"PUBSUB CHANNELS": Reads, "PUBSUB NUMSUB": Reads, "XGROUP DESTROY": Destroys, "XGROUP DELCONSUMER": Destroys, "MODULE LIST": Reads,
}

// redisRisk is the risk of one command of Redis.
func redisRisk(words []string) Risk {
	if len(words) == 0 {
		return Unknown
	}
	first := strings.ToUpper(words[0])
	if len(words) > 1 {
		if risk, ok := redisPairs[first+" "+strings.ToUpper(words[1])]; ok {
			return risk
		}
	}
	if listed("CONFIG CLIENT SLOWLOG MEMORY LATENCY CLUSTER SENTINEL", first) {
		return Unknown
	}
	for risk, names := range redisCommands {
		if listed(names, first) {
			return risk
		}
	}
	return Unknown
}

func redisCLI(c *call) {
	if c.hasAny("--scan --bigkeys --memkeys --hotkeys --version --help --rdb --functions-rdb") {
		return
	}
	if c.hasAny("--stat --latency --latency-history --latency-dist") {
		c.in.endless = true
		return
	}
	if _, bounded := c.value("-r"); c.hasAny("-i") && !bounded {
		c.in.endless = true
	}
	if len(c.operand) == 0 {
		c.redisSession()
		return
	}
	words := make([]string, 0, len(c.operand))
	for _, g := range c.operand {
		if g.computed && len(words) < 2 {
			c.in.worse(Unknown)
		}
		words = append(words, g.text)
	}
	c.in.worse(redisRisk(words))
	switch strings.ToUpper(words[0]) {
	case "MONITOR", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "SYNC", "PSYNC":
		c.in.endless = true
	}
}

// redisSession judges commands that are piped in, a line each.
func (c *call) redisSession() {
	if !c.stdin.piped {
		c.in.worse(Unknown)
		c.in.out.Interactive = true
		return
	}
	if !c.stdin.known {
		c.in.worse(Unknown)
	}
	for line := range strings.Lines(c.stdin.text) {
		if words := strings.Fields(line); len(words) > 0 {
			c.in.worse(redisRisk(words))
		}
	}
}
