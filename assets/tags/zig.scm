(function_declaration name: (identifier) @name) @definition.function
(source_file (variable_declaration . (identifier) @name) @definition.constant)
(struct_declaration (variable_declaration . (identifier) @name) @definition.constant)
(variable_declaration . (identifier) @name (struct_declaration)) @definition.struct
(variable_declaration . (identifier) @name (enum_declaration)) @definition.enum
(variable_declaration . (identifier) @name (union_declaration)) @definition.struct
(struct_declaration (function_declaration name: (identifier) @name) @definition.method)
(struct_declaration (container_field name: (_) @name) @definition.field)
(enum_declaration (container_field name: (_) @name) @definition.variant)
