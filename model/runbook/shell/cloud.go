package shell

import "strings"

// Command-line tools that are generated from an API put the action behind a
// path of nouns: `gcloud compute instances delete`. The action counts wherever
// it stands, and it can only be harmless when every word before it is a known
// noun.
const (
	gcloudGroups = "alpha beta access-context-manager ai ai-platform anthos apigee app artifacts auth backups backup-runs bigtable bigquery billing builds certificate-manager certificates cloud-shell clusters composer compute config configurations container containers data-catalog dataflow dataproc dataplex datastore databases debug deploy deployment-manager deployments disks dns docker dns-authorizations domains emulators endpoints environments eventarc filestore firewall-rules firestore forwarding-rules functions health-checks iam images indexes instance-groups instance-templates instances jobs keys kms locations logging logs maps managed managed-zones managed-instance-groups memcache metrics ml monitoring networks node-pools nodes operations organizations packages policies policy projects publicca pubsub queues record-sets recommender redis regions repositories resource-manager revisions roles routers routes run runtime-config scheduler schedules secrets security-policies service-accounts services sessions sinks snapshots source spanner sql ssl-certificates storage subnets subscriptions tables tags tasks topics traffic triggers uptime url-maps users versions vpn-tunnels workflows workstations zones backend-services target-pools addresses channels dashboards snooze buckets objects"
	azureGroups  = "account acr ad advisor aks appservice apim app application-gateway appconfig backup batch bot cdn cognitiveservices container containerapp cosmosdb databricks deployment disk dns eventgrid eventhubs extension feature functionapp group identity image iot keyvault kusto lock logicapp managedapp maps mariadb metrics monitor mysql network nsg rule postgres flexible-server server db policy ppg provider redis redisenterprise relay resource role assignment definition search secret certificate key security servicebus signalr snapshot sql sqlvm sshkey staticwebapp storage blob table queue share file synapse tag vm vmss vnet subnet webapp log config alert activity-log log-analytics workspace nodepool public-ip lb nic private-endpoint private-dns zone record-set front-door traffic-manager firewall bastion vpn-gateway route-table revision replica ingress env job registry repository manifest task maintenanceconfiguration mesh command addon endpoint profile action-group autoscale diagnostic-settings user group member sp app connection-string deployment-slot slot hostname ssl quota usage event-subscription topic namespace eventhub consumer-group setting-value kv state configuration firewall-rule replication"

	cloudReads    = "list read access describe show get get-value get-iam-policy list-versions list-usage list-tags tail lookup info history status exists version get-versions get-upgrades print-access-token print-identity-token list-instances get-health list-skus list-locations query check-name-availability list-keys wait get-server-config list-cidrs list-grantable-roles list-deleted list-revisions get-operation get-cached-access-token show-usage list-connection-strings show-history"
	cloudDestroys = "delete destroy remove purge rm clear reset wipe truncate delete-access-config delete-iam-policy-binding remove-iam-policy-binding remove-tags drop"
	cloudChanges  = "create update set add start stop restart restart-web-server patch scale resize deploy apply enable disable rotate promote failover import export restore rollback move attach detach upgrade put upload download cp sync mv clone replace set-iam-policy add-iam-policy-binding set-value use-context login logout activate get-credentials update-traffic set-traffic pull ack publish seek suspend resume renew regenerate redeploy reimage deallocate swap copy assign unassign generate init set-default submit cancel pause drain cordon snapshot reboot reserve invoke call simulate-maintenance-event invalidate-cdn-cache add-tags set-tags recreate-instances rolling-action set-autoscaling add-metadata update-instances"
)

// cloudValued are the flags of these tools whose value may stand before the
// action.
const cloudValued = "--project --account --configuration --format --filter --zone --region --location --limit --subscription --resource-group -g --name -n --query -o --output --verbosity --impersonate-service-account"

// cloud judges such a tool. A word that is in none of the lists is taken for a
// name only after the action.
func (c *call) cloud(nouns string, least int) {
	action, sure := Risk(""), true
	words := 0
	for i, g := range c.args {
		if g.isFlag() {
			c.cloudFlag(i)
			continue
		}
		if i > 0 && listed(cloudValued, c.args[i-1].text) {
			continue
		}
		words++
		switch {
		case !g.fixed() && action == "":
			sure = false
		case listed(cloudDestroys, g.text):
			action = action.worseAction(Destroys)
		case listed(cloudChanges, g.text) && action == "":
			action = Changes
		case listed(cloudReads, g.text) && action == "":
			action = Reads
		case action == "" && !listed(nouns, g.text):
			sure = false
		}
	}
	if action == "" || !sure || words <= least {
		action = action.Worse(Unknown)
	}
	c.in.worse(action)
}

func (r Risk) worseAction(other Risk) Risk {
	if r == "" {
		return other
	}
	return r.Worse(other)
}

// cloudFlag looks at the flags that bring a command for somewhere else.
func (c *call) cloudFlag(i int) {
	name, val, has := strings.Cut(c.args[i].text, "=")
	if !has && i+1 < len(c.args) {
		val = c.args[i+1].text
	}
	switch name {
	case "--command", "--scripts", "--script":
		c.in.shell(val)
		c.in.worse(Unknown)
	case "--follow":
		c.in.endless = true
	}
	if !fixed(name) {
		c.in.worse(Unknown)
	}
}
