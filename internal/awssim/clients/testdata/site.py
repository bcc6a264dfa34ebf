"""Makes a site with boto3, changes it, looks at it as a viewer does, and takes it down again."""

import io
import os
from datetime import datetime, timedelta, timezone
import urllib.error
import urllib.request
from contextlib import contextmanager

import boto3
from botocore.exceptions import ClientError


def client(service):
    """A client of the simulator: a boto3 of before 1.28 knows no variable for its address, and would ask AWS."""
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"])


cloudfront = client("cloudfront")
route53 = client("route53")
acm = client("acm")
s3 = client("s3")
cloudwatch = client("cloudwatch")
account = client("sts").get_caller_identity()["Account"]


@contextmanager
def refused(code):
    """What stands inside is refused with this code, and boto3 knows the error."""
    try:
        yield
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return
    raise AssertionError(f"was accepted, and {code} was expected")


def deployed(identifier):
    waiter = cloudfront.get_waiter("distribution_deployed")
    waiter.wait(Id=identifier, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})


def view(host, path):
    request = urllib.request.Request(f"http://{os.environ['AWSSIM_EDGE']}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


# A private bucket with two versions of the site.
s3.create_bucket(Bucket="boto-site")
for side in ("blue", "green"):
    s3.put_object(Bucket="boto-site", Key=f"{side}/index.html", Body=f"I am {side}".encode(), ContentType="text/html", CacheControl="no-store")
if "IfNoneMatch" in s3.meta.service_model.operation_model("PutObject").input_shape.members:  # since boto3 1.35
    with refused("PreconditionFailed"):
        s3.put_object(Bucket="boto-site", Key="blue/index.html", Body=b"again", IfNoneMatch="*")
assert [o["Key"] for o in s3.list_objects_v2(Bucket="boto-site", Prefix="green/")["Contents"]] == ["green/index.html"]
assert s3.get_object(Bucket="boto-site", Key="blue/index.html")["Body"].read() == b"I am blue"
with refused("404"):
    s3.head_object(Bucket="boto-site", Key="red/index.html")
try:
    s3.get_object(Bucket="boto-site", Key="red/index.html")
    raise AssertionError("there is no such key")
except s3.exceptions.NoSuchKey:
    pass
# Larger files go in parts, and what is said of an object comes back by the same names.
large = bytes(range(256)) * 40_000
s3.upload_fileobj(io.BytesIO(large), "boto-site", "large", ExtraArgs={"Metadata": {"side": "blue"}})
head = s3.head_object(Bucket="boto-site", Key="large")
assert head["Metadata"] == {"side": "blue"} and head["ETag"].endswith('-2"'), head
s3.copy({"Bucket": "boto-site", "Key": "large"}, "boto-site", "copy")
assert s3.get_object(Bucket="boto-site", Key="copy")["Body"].read() == large
with refused("304"):
    s3.get_object(Bucket="boto-site", Key="large", IfNoneMatch=head["ETag"])
presigned = s3.generate_presigned_url("get_object", Params={"Bucket": "boto-site", "Key": "green/index.html"})
assert urllib.request.urlopen(presigned).read() == b"I am green"

# A certificate, and a distribution that reads the bucket.
certificate = acm.request_certificate(DomainName="www.example.com", ValidationMethod="DNS")["CertificateArn"]
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)
control = cloudfront.create_origin_access_control(OriginAccessControlConfig={
    "Name": "boto", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"})
policy = cloudfront.create_origin_request_policy(OriginRequestPolicyConfig={
    "Name": "boto", "HeadersConfig": {"HeaderBehavior": "none"}, "CookiesConfig": {"CookieBehavior": "none"},
    "QueryStringsConfig": {"QueryStringBehavior": "all"}})
disabled = next(
    p["CachePolicy"]["Id"] for p in cloudfront.list_cache_policies(Type="managed")["CachePolicyList"]["Items"]
    if p["CachePolicy"]["CachePolicyConfig"]["Name"] == "Managed-CachingDisabled")
config = {
    "CallerReference": "boto", "Comment": "", "Enabled": True, "DefaultRootObject": "index.html",
    "Aliases": {"Quantity": 1, "Items": ["www.example.com"]},
    "ViewerCertificate": {"ACMCertificateArn": certificate, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"},
    "Origins": {"Quantity": 1, "Items": [{
        "Id": "s3", "DomainName": "boto-site.s3.us-east-1.amazonaws.com", "OriginPath": "/blue",
        "S3OriginConfig": {"OriginAccessIdentity": ""}, "OriginAccessControlId": control["OriginAccessControl"]["Id"]}]},
    "DefaultCacheBehavior": {
        "TargetOriginId": "s3", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": disabled,
        "OriginRequestPolicyId": policy["OriginRequestPolicy"]["Id"]},
}
made = cloudfront.create_distribution_with_tags(DistributionConfigWithTags={
    "DistributionConfig": config, "Tags": {"Items": [{"Key": "side", "Value": "blue"}]}})
distribution = made["Distribution"]
with refused("DistributionAlreadyExists"):
    cloudfront.create_distribution(DistributionConfig=config)
with refused("CNAMEAlreadyExists"):
    cloudfront.create_distribution(DistributionConfig={**config, "CallerReference": "another"})
with refused("OriginRequestPolicyInUse"):
    cloudfront.delete_origin_request_policy(Id=policy["OriginRequestPolicy"]["Id"], IfMatch=policy["ETag"])
tags = cloudfront.list_tags_for_resource(Resource=distribution["ARN"])["Tags"]["Items"]
assert tags == [{"Key": "side", "Value": "blue"}], tags
deployed(distribution["Id"])
assert view("www.example.com", "/")[0] == 403
s3.put_bucket_policy(Bucket="boto-site", Policy="""{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::boto-site/*",
    "Condition": {"StringEquals": {"AWS:SourceArn": "%s"}}}]}""" % distribution["ARN"])
assert view("www.example.com", "/") == (200, "I am blue"), view("www.example.com", "/")

# From blue to green, on the condition that nobody was quicker.
current = cloudfront.get_distribution_config(Id=distribution["Id"])
current["DistributionConfig"]["Origins"]["Items"][0]["OriginPath"] = "/green"
changed = cloudfront.update_distribution(Id=distribution["Id"], IfMatch=current["ETag"], DistributionConfig=current["DistributionConfig"])
with refused("PreconditionFailed"):
    cloudfront.update_distribution(Id=distribution["Id"], IfMatch=current["ETag"], DistributionConfig=current["DistributionConfig"])
deployed(distribution["Id"])
assert view("www.example.com", "/") == (200, "I am green")
batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "1"}
invalidation = cloudfront.create_invalidation(DistributionId=distribution["Id"], InvalidationBatch=batch)["Invalidation"]["Id"]
cloudfront.get_waiter("invalidation_completed").wait(
    DistributionId=distribution["Id"], Id=invalidation, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})

# Functions: only what is published can be associated.
function = cloudfront.create_function(
    Name="boto", FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"}, FunctionCode=b"function handler(event) { return event.request }")
arn = function["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
association = {"Quantity": 1, "Items": [{"EventType": "viewer-request", "FunctionARN": arn}]}
current = cloudfront.get_distribution_config(Id=distribution["Id"])
current["DistributionConfig"]["DefaultCacheBehavior"]["FunctionAssociations"] = association
with refused("InvalidFunctionAssociation"):
    cloudfront.update_distribution(Id=distribution["Id"], IfMatch=current["ETag"], DistributionConfig=current["DistributionConfig"])
live = cloudfront.publish_function(Name="boto", IfMatch=function["ETag"])["FunctionSummary"]
assert live["FunctionMetadata"]["Stage"] == "LIVE", live
cloudfront.update_distribution(Id=distribution["Id"], IfMatch=current["ETag"], DistributionConfig=current["DistributionConfig"])
assert cloudfront.get_function(Name="boto", Stage="LIVE")["FunctionCode"].read().startswith(b"function handler")
cloudfront.update_function(
    Name="boto", IfMatch=function["ETag"], FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"}, FunctionCode=b"function handler(event) { return event.request }//")
with refused("FunctionInUse"):
    cloudfront.delete_function(Name="boto", IfMatch=cloudfront.describe_function(Name="boto")["ETag"])
deployed(distribution["Id"])

# Lambda@Edge goes by numbered versions.
aws_lambda = client("lambda")
edge = aws_lambda.create_function(
    FunctionName="boto", Runtime="python3.13", Handler="a.b", Role=f"arn:aws:iam::{account}:role/edge", Code={"ZipFile": b"code"}, Publish=True)
assert edge["Version"] == "1" and edge["FunctionArn"].endswith(":boto:1"), edge
assert [v["Version"] for v in aws_lambda.list_versions_by_function(FunctionName="boto")["Versions"]] == ["$LATEST", "1"]
current = cloudfront.get_distribution_config(Id=distribution["Id"])
behaviour = current["DistributionConfig"]["DefaultCacheBehavior"]
behaviour["LambdaFunctionAssociations"] = {"Quantity": 1, "Items": [{"EventType": "origin-request", "LambdaFunctionARN": edge["FunctionArn"][:-1] + "2"}]}
with refused("InvalidLambdaFunctionAssociation"):
    cloudfront.update_distribution(Id=distribution["Id"], IfMatch=current["ETag"], DistributionConfig=current["DistributionConfig"])
try:
    aws_lambda.get_function_configuration(FunctionName="boto", Qualifier="2")
    raise AssertionError("there is no such version")
except aws_lambda.exceptions.ResourceNotFoundException:
    pass
aws_lambda.delete_function(FunctionName="boto")

# Metrics and alarms, in the protocol that boto3 speaks. The first visits were a minute ago, by this clock.
now = datetime.now(timezone.utc)
dimensions = [{"Name": "DistributionId", "Value": distribution["Id"]}, {"Name": "Region", "Value": "Global"}]
data = cloudwatch.get_metric_data(StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1), MetricDataQueries=[
    {"Id": "visits", "MetricStat": {"Metric": {"Namespace": "AWS/CloudFront", "MetricName": "Requests", "Dimensions": dimensions}, "Period": 60, "Stat": "Sum"}}])
assert sum(data["MetricDataResults"][0]["Values"]) == 3 and data["MetricDataResults"][0]["StatusCode"] == "Complete", data
cloudwatch.put_metric_data(Namespace="Site", MetricData=[{"MetricName": "Latency", "Value": 12.5, "Unit": "Milliseconds"}])
points = cloudwatch.get_metric_statistics(
    Namespace="Site", MetricName="Latency", StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=5), Period=60, Statistics=["Average"])["Datapoints"]
assert [p["Average"] for p in points] == [12.5] and points[0]["Timestamp"].tzinfo, points
cloudwatch.put_metric_alarm(
    AlarmName="boto", Namespace="AWS/CloudFront", MetricName="5xxErrorRate", Dimensions=dimensions, Statistic="Average", Period=60,
    EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold")
cloudwatch.put_composite_alarm(AlarmName="boto-site", AlarmRule="ALARM(boto)")
cloudwatch.set_alarm_state(AlarmName="boto", StateValue="ALARM", StateReason="a drill")
alarms = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm", "MetricAlarm"])
assert [a["StateValue"] for a in alarms["MetricAlarms"] + alarms["CompositeAlarms"]] == ["ALARM", "ALARM"], alarms
assert cloudwatch.describe_alarms(AlarmNames=["none"])["MetricAlarms"] == []
try:
    cloudwatch.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="")
    raise AssertionError("there is no such alarm")
except cloudwatch.exceptions.ResourceNotFound:
    pass
cloudwatch.delete_alarms(AlarmNames=["boto-site"])
cloudwatch.delete_alarms(AlarmNames=["boto"])

# Records, simple and weighted.
zone = route53.create_hosted_zone(Name="example.com", CallerReference="boto")["HostedZone"]["Id"]


def change(action, **record):
    answer = route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]})
    route53.get_waiter("resource_record_sets_changed").wait(Id=answer["ChangeInfo"]["Id"])


records = [
    {"Name": "www.example.com", "Type": "A", "AliasTarget": {
        "HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": distribution["DomainName"], "EvaluateTargetHealth": False}},
    {"Name": "w.example.com", "Type": "A", "SetIdentifier": "blue", "Weight": 90, "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]},
    {"Name": "w.example.com", "Type": "A", "SetIdentifier": "green", "Weight": 10, "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.2"}]},
]
for record in records:
    change("CREATE", **record)
try:
    change("CREATE", **records[0])
    raise AssertionError("the record exists")
except route53.exceptions.InvalidChangeBatch as e:
    assert "already exists" in str(e), e
listed = [r for page in route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone) for r in page["ResourceRecordSets"]]
assert [r.get("Weight") for r in listed if r["Name"] == "w.example.com."] == [90, 10], listed

# And down again, in the order that AWS asks for.
for record in records:
    change("DELETE", **record)
route53.delete_hosted_zone(Id=zone)
current = cloudfront.get_distribution_config(Id=distribution["Id"])
with refused("DistributionNotDisabled"):
    cloudfront.delete_distribution(Id=distribution["Id"], IfMatch=current["ETag"])
current["DistributionConfig"]["Enabled"] = False
off = cloudfront.update_distribution(Id=distribution["Id"], IfMatch=current["ETag"], DistributionConfig=current["DistributionConfig"])
deployed(distribution["Id"])
with refused("OriginAccessControlInUse"):
    cloudfront.delete_origin_access_control(Id=control["OriginAccessControl"]["Id"], IfMatch=control["ETag"])
with refused("ResourceInUseException"):
    acm.delete_certificate(CertificateArn=certificate)
cloudfront.delete_distribution(Id=distribution["Id"], IfMatch=off["ETag"])
with refused("NoSuchDistribution"):
    cloudfront.get_distribution(Id=distribution["Id"])
cloudfront.delete_function(Name="boto", IfMatch=cloudfront.describe_function(Name="boto")["ETag"])
cloudfront.delete_origin_access_control(Id=control["OriginAccessControl"]["Id"], IfMatch=control["ETag"])
cloudfront.delete_origin_request_policy(Id=policy["OriginRequestPolicy"]["Id"], IfMatch=policy["ETag"])
acm.delete_certificate(CertificateArn=certificate)
bucket = boto3.resource("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).Bucket("boto-site")
bucket.objects.all().delete()
bucket.delete()
assert s3.list_buckets()["Buckets"] == []
