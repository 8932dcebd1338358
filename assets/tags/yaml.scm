(block_mapping_pair key: (flow_node) @name) @definition.key
(flow_pair key: (flow_node) @name) @definition.key
