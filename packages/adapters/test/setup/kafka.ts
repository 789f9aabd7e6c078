export {
  describeWithKafka,
  describeWithKafkaData,
  describeWithOwnKafka,
  describeWithSasl,
  kafkaAt,
  newTopic,
  ownKafka,
  type Received,
  reading,
  sharedKafka,
} from '../../../../scripts/kafka/testing.js';
