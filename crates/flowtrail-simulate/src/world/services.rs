//! The services of AWS that have addresses of their own.

use crate::random::Random;

/// A service that has a name in `pkt-dst-aws-service`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AwsService {
    S3,
    DynamoDb,
    Ec2,
    /// Everything that has no name of its own: time, mail, logs.
    Amazon,
}

impl AwsService {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::DynamoDb => "DYNAMODB",
            Self::Ec2 => "EC2",
            Self::Amazon => "AMAZON",
        }
    }
}

/// The service that a public address belongs to in this world.
pub(crate) fn aws_service(address: [u8; 4]) -> Option<AwsService> {
    match address {
        [192, 0, 2, 244..=246] => Some(AwsService::S3),
        [192, 0, 2, 247..=248] => Some(AwsService::DynamoDb),
        [192, 0, 2, 249..=253] => Some(AwsService::Ec2),
        [192, 0, 2, 254] => Some(AwsService::Amazon),
        _ => None,
    }
}

/// An address of a service.
pub(crate) fn aws_address(service: AwsService, random: &mut Random) -> [u8; 4] {
    let (low, high) = match service {
        AwsService::S3 => (244, 246),
        AwsService::DynamoDb => (247, 248),
        AwsService::Ec2 => (249, 253),
        AwsService::Amazon => (254, 254),
    };
    [
        192,
        0,
        2,
        u8::try_from(random.between(low, high)).unwrap_or(253),
    ]
}
