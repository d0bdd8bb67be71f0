/** Notes every move of a stored offset, so that one that goes back is seen. */
export const watchOffsets = `
  CREATE TABLE chaos_offsets (
    id bigserial PRIMARY KEY, consumer_group text, topic text, partition int, epoch bigint,
    old_next bigint, new_next bigint, started_over boolean);
  CREATE FUNCTION chaos_note_offset() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos_offsets (consumer_group, topic, partition, epoch, old_next, new_next, started_over)
    VALUES (new.consumer_group, new.topic, new.partition, new.epoch, old.next_offset, new.next_offset,
      new.anchor IS NULL);
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_offsets AFTER UPDATE ON consumer_offsets FOR EACH ROW
    WHEN (old.next_offset <> new.next_offset) EXECUTE FUNCTION chaos_note_offset();
`;
