/**
 * Records every update of a stored offset that does not advance it. Within an epoch, each
 * transaction must advance the offset; one that does not has applied a batch again.
 */
export const watchOffsets = `
  CREATE TABLE chaos_offsets (
    id bigserial PRIMARY KEY, consumer_group text, partition int, epoch bigint,
    old_next bigint, new_next bigint);
  CREATE FUNCTION chaos_note_offset() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos_offsets (consumer_group, partition, epoch, old_next, new_next)
    VALUES (new.consumer_group, new.partition, new.epoch, old.next_offset, new.next_offset);
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_offsets AFTER UPDATE ON consumer_offsets FOR EACH ROW
    WHEN (old.epoch = new.epoch AND new.next_offset <= old.next_offset)
    EXECUTE FUNCTION chaos_note_offset();
`;
