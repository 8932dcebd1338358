(from_instruction !as (image_spec) @name) @definition.stage
(from_instruction as: (image_alias) @name) @definition.stage
(arg_instruction (arg_pair name: (unquoted_string) @name)) @definition.variable
(env_pair name: (unquoted_string) @name) @definition.variable
