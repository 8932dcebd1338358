(create_schema (identifier) @name) @definition.module
(create_table (object_reference name: (identifier) @name)) @definition.table
(create_view (object_reference name: (identifier) @name)) @definition.table
(create_materialized_view (object_reference name: (identifier) @name)) @definition.table
(create_function . (keyword_create) (object_reference name: (identifier) @name)) @definition.function
(create_type (object_reference name: (identifier) @name)) @definition.type
(column_definition name: (identifier) @name) @definition.field
