-- secrets of connections, and addresses with a right to download
UPDATE msp_connection_secret
   SET value = NULL,
       set_at = NULL;
UPDATE msp_sync_export
   SET content = NULL,
       state = 'failed'
 WHERE content IS NOT NULL;
-- connect to no provider
UPDATE msp_sync
   SET cursor = NULL
 WHERE cursor IS NOT NULL;
UPDATE msp_sync
   SET state = 'stopped',
       look_at = NULL
 WHERE state IN ('running', 'waiting');
UPDATE msp_connection
   SET state = 'paused',
       next_run_at = NULL,
       may_order = false;
