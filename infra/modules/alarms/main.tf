locals {
  rendered = jsondecode(file(var.alarms_file == null ? "${path.module}/alarms.json" : var.alarms_file))

  # Placeholders are whole values. One that is not known is an error here, and not an
  # alarm that waits for a metric that never comes.
  known = { for key, value in var.names : "{${key}}" => value }
  alarms = {
    for alarm in local.rendered.alarms : alarm.name => merge(alarm, {
      namespace  = startswith(alarm.namespace, "{") ? local.known[alarm.namespace] : alarm.namespace
      dimensions = { for key, value in alarm.dimensions : key => startswith(value, "{") ? local.known[value] : value }
      # Percentiles have an argument of their own.
      percentile = startswith(alarm.statistic, "p")
      told       = lookup(var.actions, alarm.kind == "health" ? "health" : alarm.level, [])
    })
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.names.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.percentile ? null : each.value.statistic
  extended_statistic  = each.value.percentile ? each.value.statistic : null
  period              = each.value.period
  evaluation_periods  = each.value.evaluation_periods
  datapoints_to_alarm = each.value.datapoints_to_alarm
  threshold           = each.value.threshold
  comparison_operator = each.value.comparison
  treat_missing_data  = each.value.treat_missing_data
  alarm_actions       = each.value.told
  ok_actions          = each.value.tells_recovery && var.tell_recovery ? each.value.told : []
  tags                = merge({ Application = "flowtrail" }, each.value.tags, var.tags)

  lifecycle {
    precondition {
      condition     = local.rendered.schema == "flowtrail.alarms.v1"
      error_message = "The file is not of the schema flowtrail.alarms.v1."
    }
    precondition {
      condition     = each.value.namespace == var.names.namespace || startswith(each.value.namespace, "AWS/")
      error_message = "${each.key} watches the namespace ${each.value.namespace}, into which nothing of this deployment is written."
    }
    precondition {
      # Data at the time of events comes late, and alarms do not wait: see the README of flowtrail-aws.
      condition     = each.value.metric != "FindingsByEventTime"
      error_message = "${each.key} stands on FindingsByEventTime, which alarms miss; Findings is the one to stand on."
    }
    precondition {
      condition     = contains(["findings", "rule", "health"], each.value.kind) && (each.value.kind == "health") == (each.value.level == null)
      error_message = "${each.key} is of the kind findings or rule, and has a level, or of the kind health, and has none."
    }
    precondition {
      condition = (
        each.value.period >= 60 && each.value.period % 60 == 0
        && each.value.period * each.value.evaluation_periods <= (each.value.period < 3600 ? 86400 : 604800)
        && each.value.datapoints_to_alarm >= 1 && each.value.datapoints_to_alarm <= each.value.evaluation_periods
      )
      error_message = "${each.key} has periods that CloudWatch would refuse."
    }
    precondition {
      condition     = each.value.kind == "health" || each.value.treat_missing_data == "notBreaching"
      error_message = "${each.key}: no findings is no alarm, so its missing data is notBreaching."
    }
  }
}
