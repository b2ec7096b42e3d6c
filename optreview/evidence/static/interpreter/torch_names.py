"""Names of torch's functions and tensor methods, by what they do to a tensor."""

from __future__ import annotations

from optreview.evidence.static.interpreter.values import words

#: The result shares memory with the receiver.
VIEWS = words(
    "data detach view view_as reshape reshape_as flatten ravel t transpose swapaxes swapdims permute "
    "movedim moveaxis squeeze unsqueeze expand expand_as narrow select real imag view_as_real "
    "view_as_complex diagonal unfold T mT H mH detach_ requires_grad_ squeeze_ unsqueeze_ t_ "
    "transpose_ unflatten __getitem__ refine_names rename as_strided atleast_1d atleast_2d "
    "broadcast_to diag_embed_ resize_ resize_as_ share_memory_ pin_memory local_tensor to_local wait "
    "full_tensor"
)
#: The result shares memory with the receiver unless a conversion is needed.
CONVERSIONS = words(
    "to float double half bfloat16 type type_as contiguous cuda cpu as_tensor asarray to_dense coalesce conj"
)
SPLITS = words("chunk split unbind tensor_split hsplit vsplit dsplit")
SHARING = VIEWS | SPLITS
REDUCTIONS = words(
    "sum mean norm prod std var dot any all argmax argmin median trace logsumexp quantile det max "
    "min amax amin count_nonzero nansum vdot inner dist cosine_similarity vector_norm matrix_norm "
    "nanmean mode cond slogdet allclose equal"
)
#: Questions about a tensor that read no element: answered on the host.
METADATA = words(
    "dim ndim numel nelement element_size stride is_contiguous storage_offset get_device ndimension "
    "data_ptr is_floating_point is_cuda is_cpu dtype device layout requires_grad is_leaf itemsize "
    "nbytes is_meta is_mps is_xla grad_fn is_pinned untyped_storage is_quantized is_inference "
    "device_mesh placements"
)
SHAPED = words("dim ndim numel nelement ndimension stride")
#: Modules of ``torch.nn`` that compute element by element.
ELEMENTWISE_MODULES = words(
    "Softplus ReLU ReLU6 LeakyReLU ELU SELU CELU GELU SiLU Mish Sigmoid LogSigmoid Tanh Softsign Hardtanh "
    "Hardsigmoid Hardswish Softshrink Hardshrink Tanhshrink Threshold"
)
COMPLEX = words("is_complex iscomplex")
#: Methods and functions by which code shows that it thinks of complex numbers.
COMPLEX_AWARE = words("is_complex iscomplex view_as_real view_as_complex conj real imag angle abs_squared")
SYNCS = words("item tolist numpy nonzero is_nonzero equal allclose")
#: Comparisons of elements, beside the operators; what they give chooses elements.
MASKING = words(
    "eq ne gt ge lt le greater greater_equal less less_equal not_equal isnan isinf isfinite isclose "
    "isposinf isneginf logical_not logical_and logical_or logical_xor signbit bool"
)
#: Operations on masks that give masks.
OF_MASKS = words(
    "BitInvert BitAnd BitOr BitXor bitwise_not bitwise_and bitwise_or bitwise_xor clone contiguous repeat "
    "flip roll tril triu"
)
SPARSE = words("coalesce _values _indices values indices to_dense sparse_mask is_coalesced _nnz sparse_dim")
#: End in an underscore but change no element.
METADATA_WRITES = words(
    "requires_grad_ detach_ squeeze_ unsqueeze_ t_ transpose_ resize_ resize_as_ share_memory_ "
    "rename_ swapaxes_ swapdims_ retain_grad_ diag_embed_"
)
LIKE = words(
    "zeros_like ones_like empty_like full_like rand_like randn_like randint_like clone bernoulli "
    "deepcopy copy"
)
#: Functions that are methods of their first argument, too.
BOTH = VIEWS | CONVERSIONS | SPLITS | REDUCTIONS | METADATA
BY_SHAPE = words("zeros ones empty full rand randn randint normal zeros_ empty_strided new_zeros new_ones")
BY_SHAPE_METHODS = words("new_zeros new_ones new_empty new_full new")
#: What is made has nothing of the tensor whose shape it takes.
FRESH = (LIKE - words("clone deepcopy copy bernoulli")) | BY_SHAPE | BY_SHAPE_METHODS
#: What is made may be elsewhere than the tensors that it is made of.
MOVING = LIKE | BY_SHAPE | (CONVERSIONS - words("float double half bfloat16 contiguous conj"))
DECOMPOSITIONS = words("svd qr eigh eig svd_lowrank lu topk sort unique frexp symeig pca_lowrank cummax")
HOST = words(
    "finfo iinfo device Generator Size is_tensor is_floating_point get_default_dtype manual_seed "
    "promote_types is_grad_enabled result_type numel is_storage can_cast is_autocast_enabled"
)
HOST_MODULES = (
    "torch.cuda.",
    "torch.distributed.",
    "torch.version",
    "torch.backends.",
    "torch.random.",
    "torch.mps.",
)
FALSE = words(
    "torch.jit.is_scripting torch.jit.is_tracing torch.compiler.is_compiling torch._utils.is_compiling "
    "torch.compiler.is_dynamo_compiling torch._dynamo.is_compiling"
)
OTHER_WIDTHS = words("double half bfloat16")
OTHER_DTYPES = words(
    "torch.bfloat16 torch.float16 torch.half torch.float64 torch.double torch.int8 torch.uint8 torch.int16 "
    "torch.int32 torch.int64 torch.long torch.bool"
)
DTYPES = OTHER_DTYPES | words("torch.float32 torch.float")
#: Methods that nothing but a tensor has, and that write into it.
WRITES = words(
    "abs_ add_ addcdiv_ addcmul_ addmm_ clamp_ clamp_max_ clamp_min_ copy_ div_ fill_ lerp_ masked_fill_ "
    "mul_ neg_ normal_ pow_ rsqrt_ sign_ sqrt_ square_ sub_ uniform_ zero_"
)
